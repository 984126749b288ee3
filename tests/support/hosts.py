"""Other hosts on this machine: a host name, and a mount of the store, that nobody else has."""

import ctypes
import os
from pathlib import Path

from tests.support.processes import command

NEWNS, NEWUTS, NEWUSER = 0x00020000, 0x04000000, 0x10000000  # <linux/sched.h>
BIND = 4096  # <linux/mount.h>
LIBC = ctypes.CDLL(None, use_errno=True)
NOT_ALLOWED = 77  # exit code where no namespace can be made


def command_elsewhere(name: str, store: Path, mount: Path, *words: str) -> None:
    """Be the command line on a host of another name, where the store is mounted at another place."""
    user, group = os.getuid(), os.getgid()
    if LIBC.unshare(NEWUSER | NEWUTS | NEWNS):
        os._exit(NOT_ALLOWED)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _insist(LIBC.sethostname(name.encode(), len(name)))
    mount.mkdir()
    _insist(LIBC.mount(os.fsencode(store), os.fsencode(mount), None, BIND, None))
    command(*words)


def _insist(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
