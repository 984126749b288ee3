"""The pages of the ledger: `skyledger serve`, rendered here, readable offline.

How a page is made:

- A page is a module in `queries/web/pages/` with a `router`; the app finds it. `NAV = Nav(order, title, path,
  sentence)` puts it into the navigation and on the home page; a page without NAV is reached by links.
- Handlers are plain `def`; FastAPI runs them in threads. The parameter `desk: Here` is what they work with:
  `desk.ask(NAME, **parameters)` answers a named query (`queries/sql/NAME.sql`) as the reader role, and
  `desk.page(TEMPLATE, title=…, lead=…, crumbs=[(text, address), …], **context)` renders a template that extends
  `base.html`. `lead` is one sentence: what the page shows and what to do with it.
- A plot is a named query drawn: `figure(asked, title, sentence, option)` with a plain ECharts option (`charts.py` has
  the common parts); a table is `table(asked, title, sentence, {column: heading})`. Cells of the columns dataset_id,
  unit_id, run, metric and visit are links by themselves (`links.py`); `links={column: function of the row}` adds
  others. The macros `figure` and `table` of `parts.html` draw them with their SQL, its link to the console and their
  downloads. No rows: `empty`, one sentence that says which command fills it, stands in their place.
- An item of a chart may carry `link` (an address of ours; a click follows it) and `name` (the first line of what is
  shown when the pointer is on it). Colours are those of `page.css`; an option names none, but for `good` and `bad` (see
  `charts.py`).
- There is no inline script and no inline style: the security policy of `app.py` forbids both. Options travel as JSON in
  `<script type="application/json">`. A script of one page is `static/NAME.js`; its template puts it into the block
  `scripts`.
- What is wrong is raised as a `SkyledgerError`; `app.py` turns it into one sentence with a status. `NotThere` is a 404.
- Text comes into a page by the autoescape of Jinja alone; nothing is marked safe. Times are UTC.
"""
