// What every page does in the browser: theme, charts, sortable tables, live parts. Loaded before the body is shown, so
// that the theme is right from the first paint.
"use strict";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  root.dataset.theme = localStorage.getItem("theme") || (system.matches ? "dark" : "light");
}

function toggleTheme() {
  localStorage.setItem("theme", root.dataset.theme === "dark" ? "light" : "dark");
  applyTheme();
  drawAll(document);
}

function colour(name) {
  return getComputedStyle(root).getPropertyValue(`--${name}`).trim();
}

// Give an ECharts theme from the properties of page.css.
function theme() {
  const ink = colour("ink"), faint = colour("faint"), line = colour("line");
  const axis = {
    axisLine: { lineStyle: { color: faint } }, axisTick: { lineStyle: { color: faint } }, axisLabel: { color: faint },
    nameTextStyle: { color: faint }, splitLine: { lineStyle: { color: line, opacity: 0.6 } },
  };
  return {
    color: [1, 2, 3, 4, 5, 6, 7, 8].map((number) => colour(`c${number}`)),
    backgroundColor: "transparent", textStyle: { color: ink, fontFamily: "system-ui, sans-serif" },
    legend: { textStyle: { color: ink }, inactiveColor: line, pageTextStyle: { color: ink } },
    categoryAxis: axis, valueAxis: axis, logAxis: axis, timeAxis: axis,
    visualMap: { textStyle: { color: faint } },
    tooltip: { backgroundColor: colour("paper"), borderColor: line, textStyle: { color: ink } },
  };
}

// A time without a zone is UTC or TAI; ECharts would take it for one of the zone of the browser.
const BARE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+$/;

// Strings may name what only the browser has: "@bad", "@c2"… are colours of page.css, "@plain" is a formatter.
function withColours(value) {
  if (value === "@plain") return (number) => String(Number(number.toPrecision(12)));
  if (typeof value === "string" && BARE_TIME.test(value)) return `${value}Z`;
  if (typeof value === "string") return value.startsWith("@") ? colour(value.slice(1)) || value : value;
  if (Array.isArray(value)) return value.map(withColours);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withColours(inner)]));
  }
  return value;
}

// A number with 5 digits, a time to the second.
function shownValue(value) {
  if (typeof value === "number") return String(Number.isInteger(value) ? value : Number(value.toPrecision(5)));
  return String(value ?? "unknown").replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d).*$/, "$1 $2");
}

// Give what writes the text of a tooltip: series, item, then each value with the name of its axis. It is drawn on the
// canvas, so it is never HTML.
function describer(option) {
  const axes = [option.xAxis, option.yAxis].map((axis) => axis?.name);
  return (item) => {
    const values = [item.value].flat().slice(0, 3).map(shownValue);
    const names = values.length > 1 ? axes : axes.slice(1);
    return [
      item.seriesName?.startsWith("series\0") ? null : item.seriesName,
      values.length > 1 || !axes[0] ? item.name : `${axes[0]} ${item.name}`,
      ...values.map((value, i) => (names[i] ? `${names[i]}: ${value}` : value)),
      item.data?.link ? "(click to open)" : null,
    ].filter(Boolean).join("\n");
  };
}

function draw(box) {
  const option = withColours(JSON.parse(box.nextElementSibling.textContent));
  echarts.getInstanceByDom(box)?.dispose();
  const chart = echarts.init(box, theme());
  chart.setOption({
    animation: false, aria: { enabled: true }, useUTC: true,
    grid: { left: 10, right: 28, top: 44, bottom: 10, outerBoundsMode: "same", outerBoundsContain: "all" },
    ...option,
    tooltip: { trigger: "item", confine: true, formatter: describer(option), ...option.tooltip, renderMode: "richText" },
  });
  chart.on("click", (event) => { if (event.data?.link?.startsWith("/")) location.href = event.data.link; });
  box.dataset.drawn = "yes";
}

function drawAll(part) {
  part.querySelectorAll(".chart").forEach(draw);
}

function orderOf(cell) {
  const text = cell.dataset.order ?? cell.textContent.trim();
  return cell.classList.contains("number") ? (text === "" || text === "—" ? NaN : Number(text.replaceAll(",", ""))) : text;
}

function sortTable(button) {
  const head = button.closest("th"), body = button.closest("table").tBodies[0];
  const down = head.getAttribute("aria-sort") === "ascending", sign = down ? -1 : 1;
  head.parentElement.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const compare = (a, b) => {
    if (typeof a === "string") return sign * a.localeCompare(b);
    return Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(a) - Number.isNaN(b) : sign * (a - b); // unknown comes last
  };
  const keyed = [...body.rows].map((row) => [orderOf(row.cells[head.cellIndex]), row]);
  body.append(...keyed.sort((a, b) => compare(a[0], b[0])).map((pair) => pair[1]));
}

// A part with `data-live` is fetched again every 2 s until what comes says that it has ended.
function follow(part) {
  const timer = setInterval(async () => {
    if (document.hidden || part.querySelector("details[open]")) return; // who reads its SQL is left alone
    const answer = await fetch(part.dataset.live).catch(() => null);
    const state = part.querySelector(".live-state");
    if (!answer?.ok) { if (state) state.textContent = "The server does not answer; trying again."; return; }
    part.innerHTML = await answer.text(); // of our own server, escaped there
    if (part.querySelector("[data-ended]")) clearInterval(timer);
  }, 2000);
}

applyTheme();
system.addEventListener("change", () => { applyTheme(); drawAll(document); });

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("theme").addEventListener("click", toggleTheme);
  drawAll(document);
  document.querySelectorAll("[data-live]").forEach(follow);
  document.querySelectorAll("form.choice select").forEach((box) => box.addEventListener("change", () => box.form.requestSubmit()));
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.classList.contains("sort")) sortTable(button);
  if (button?.classList.contains("copy")) navigator.clipboard?.writeText(button.closest("details").querySelector("pre").textContent);
});
addEventListener("resize", () => document.querySelectorAll(".chart").forEach((box) => echarts.getInstanceByDom(box)?.resize()));
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea.sql")) event.target.form.requestSubmit();
});
