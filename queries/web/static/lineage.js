// The lineage of a dataset grows in place: without this script each click loads the page anew.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("#lineage a.more");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const part = document.getElementById("lineage"), address = new URL(link.getAttribute("href"), location.href);
  const before = part.querySelector(".graph"), center = before.querySelector(".center").getBoundingClientRect();
  const answer = await fetch(`${address.pathname}/lineage${address.search}`).catch(() => null);
  if (!answer?.ok) { location.assign(address); return; }
  part.innerHTML = await answer.text(); // of our own server, escaped there
  history.replaceState(null, "", address);
  // The dataset that was asked for stays where it was on the screen.
  const graph = part.querySelector(".graph"), moved = graph.querySelector(".center").getBoundingClientRect();
  graph.scrollBy(moved.x - center.x, moved.y - center.y);
  graph.focus({ preventScroll: true });
});
