// Draws the curves of the page that this script stands in. Plain browser code; uPlot was loaded before it.
(() => {
  const run = JSON.parse(document.getElementById("run").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const short = (value) => {
    if (value === null || value === undefined) return "";
    if (value >= 1e6) return `${+(value / 1e6).toFixed(2)}M`;
    return value >= 1e3 ? `${+(value / 1e3).toFixed(1)}k` : String(value);
  };
  /** Three digits that matter, without an exponent where it can be. */
  const digits = (_, value) =>
    value === null || value === undefined
      ? "–"
      : Math.abs(value) >= 100 || value === 0
        ? value.toLocaleString("en", { maximumFractionDigits: 1 })
        : value.toPrecision(3);

  /** One list of x for all series; null where a series has no value. */
  function align(series) {
    const xs = [...new Set(series.flatMap((points) => points.map(([x]) => x)))].sort((a, b) => a - b);
    return [
      xs,
      ...series.map((points) => {
        const values = new Map(points);
        return xs.map((x) => values.get(x) ?? null);
      }),
    ];
  }

  /** Means over up to 3 % of the points on either side, fewer near the ends: the trend in the noise of single updates. */
  function smooth(points) {
    const sums = [0];
    for (const [, y] of points) sums.push(sums[sums.length - 1] + y);
    const reach = Math.ceil(points.length * 0.03);
    return points.map(([x], i) => {
      const near = Math.min(reach, i, points.length - 1 - i);
      return [x, (sums[i + near + 1] - sums[i - near]) / (2 * near + 1)];
    });
  }

  /** Ticks of a logarithmic axis: 1, 2, 3, 5 and 7 of each power of ten. */
  const logTick = (value) => {
    if (value === null) return "";
    const mantissa = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
    return [1, 2, 3, 5, 7].some((wanted) => Math.abs(mantissa - wanted) < 1e-6)
      ? String(+value.toPrecision(2))
      : "";
  };

  const axis = () => ({
    stroke: colour("soft"),
    grid: { stroke: colour("grid"), width: 1 },
    ticks: { show: false },
  });
  /** As wide as its longest label, in the 12 px that uPlot writes them in: "0.0001" takes more room than "0.14". */
  const upright = (values) => ({
    ...axis(),
    size: (_, labels) => Math.max(44, ...(labels ?? []).map((label) => 14 + 7 * label.length)),
    values: (_, ticks) => ticks.map(values),
  });
  const steps = (label) => ({
    ...axis(),
    label,
    labelSize: 22,
    size: 34,
    values: (_, ticks) => ticks.map(short),
  });

  /** Shows the last values while nothing is pointed at. */
  const showLast = (plot) => {
    if (plot.cursor.idx === null || plot.cursor.idx === undefined)
      plot.setLegend({ idx: plot.data[0].length - 1 });
  };

  function draw(place, options, data) {
    const size = () => ({ width: place.clientWidth, height: innerWidth < 545 ? 250 : 320 });
    const plot = new uPlot(
      {
        ...options,
        ...size(),
        cursor: { drag: { x: false, y: false }, points: { size: 7 }, y: false },
        hooks: { ready: [showLast], setCursor: [(u) => u.cursor.left < 0 && showLast(u)] },
      },
      data,
      place,
    );
    // The legend above the curves: it is read first.
    place.querySelector(".uplot").prepend(place.querySelector(".u-legend"));
    return { plot, size };
  }

  function lossOptions() {
    const { baseline } = run;
    const shown = [...run.heldOut.map(([, bits]) => bits), ...run.training.slice(1).map(([, bits]) => bits)];
    // The first updates, far above the baseline, would press everything else flat.
    const top = Math.max(baseline * 1.06, Math.min(Math.max(...shown, baseline), baseline * 1.25));
    const bottom = Math.min(...shown, baseline);
    return {
      scales: { x: { time: false }, y: { range: () => [Math.max(0, bottom - (top - bottom) * 0.08), top] } },
      axes: [steps(`${run.unit}s learned`), upright((v) => String(+v.toPrecision(3)))],
      series: [
        { label: `${run.unit}s`, value: (_, value) => short(value) },
        {
          show: true,
          stroke: colour("training-faint"),
          width: 1,
          spanGaps: true,
          points: { show: false },
          class: "silent",
        },
        {
          label: "training",
          stroke: colour("training"),
          width: 2,
          value: digits,
          spanGaps: true,
          points: { show: false },
        },
        {
          label: "held out",
          stroke: colour("held-out"),
          width: 2.2,
          value: digits,
          spanGaps: true,
          points: { show: run.heldOut.length <= 60, size: 6, fill: colour("held-out") },
        },
        {
          label: run.baselineName,
          stroke: colour("baseline"),
          width: 1.4,
          dash: [6, 5],
          value: digits,
          points: { show: false },
        },
      ],
    };
  }

  function normOptions() {
    return {
      scales: { x: { time: false }, y: { distr: 3, range: (_, min, max) => [min * 0.85, max * 1.2] } },
      axes: [steps(`${run.unit}s learned`), upright(logTick)],
      series: [
        { label: `${run.unit}s`, value: (_, value) => short(value) },
        {
          label: "gradient norm",
          stroke: colour("norm"),
          width: 1.6,
          value: digits,
          points: { show: false },
        },
      ],
    };
  }

  /** The truth and what the net says of it. */
  const looks = {
    truth: { stroke: "ink", width: 1.6 },
    free: { stroke: "held-out", width: 2 },
    step: { stroke: "training", width: 1.4, dash: [5, 4] },
  };
  function seriesOptions({ x, names, curves }) {
    const named = (value) => names?.[value] ?? (names === undefined ? String(value) : "");
    // Dates take more room than numbers.
    const room = names === undefined ? {} : { space: 140 };
    return {
      ...(names === undefined ? {} : { padding: [null, 64, null, null] }),
      scales: { x: { time: false } },
      axes: [{ ...steps(x), ...room, values: (_, ticks) => ticks.map(named) }, upright(short)],
      series: [
        { label: x, value: (_, value) => (value === null ? "–" : named(value)) },
        ...curves.map(({ name, look }) => ({
          ...looks[look],
          label: name,
          stroke: colour(looks[look].stroke),
          value: digits,
          points: { show: false },
        })),
      ],
    };
  }

  const loss = align([run.training, smooth(run.training), run.heldOut]);
  const lossData = [...loss, loss[0].map(() => run.baseline)];
  const normData = align([run.norms.filter(([, norm]) => norm > 0)]);
  let charts = [];
  function drawAll() {
    for (const { plot } of charts) plot.destroy();
    charts = [];
    for (const section of run.series) {
      const data = align(section.curves.map(({ points }) => points));
      charts.push(draw(document.getElementById(section.id), seriesOptions(section), data));
    }
    if (run.training.length === 0) return;
    charts.push(draw(document.getElementById("loss"), lossOptions(), lossData));
    charts.push(draw(document.getElementById("norm"), normOptions(), normData));
  }
  drawAll();
  dark.addEventListener("change", drawAll);
  addEventListener("resize", () => {
    for (const { plot, size } of charts) plot.setSize(size());
  });
})();
