// Draws the figures of the page that this script stands in. Plain browser code; uPlot was loaded before it.
(() => {
  const { figures } = JSON.parse(document.getElementById("run").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const show = (value) => {
    if (value === null || value === undefined) return "";
    const size = Math.abs(value);
    if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
    if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)}k`;
    return size > 0 && size < 1e-3 ? value.toExponential(1) : String(+value.toPrecision(4));
  };

  /** One list of x for all curves; null where a curve has no value. */
  function align(curves) {
    const xs = [...new Set(curves.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
    return [
      xs,
      ...curves.map(({ points }) => {
        const values = new Map(points);
        return xs.map((x) => values.get(x) ?? null);
      }),
    ];
  }

  /** Curves need not have values at the same x: the place nearest to `from` where this one has. */
  function nearestValue(values, from) {
    for (let away = 0; away < values.length; away++) {
      for (const i of [from - away, from + away]) if ((values[i] ?? null) !== null) return i;
    }
    return from;
  }

  /** Shows the last values while nothing is pointed at. */
  const showLast = (plot) => {
    if (plot.cursor.idx !== null && plot.cursor.idx !== undefined) return;
    plot.setLegend({ idxs: plot.data.map((values) => nearestValue(values, values.length - 1)) });
  };

  /** Lines take one colour after the other. Theory is grey, unless each line has its own: then it has the line's colour. */
  function seriesOf(curves) {
    const theories = curves.filter(({ style }) => style === "dashed").length;
    const paired = theories > 1 && theories * 2 === curves.length;
    let [lines, dashes] = [0, 0];
    return curves.map(({ name, style }) => {
      const dashed = style === "dashed";
      if (!dashed) lines++;
      else dashes++;
      const stroke = colour(dashed && !paired ? "baseline" : `curve-${(lines - 1) % 6}`);
      return {
        label: name,
        // How its mark in the legend looks.
        class: style === "points" ? "dots" : "line",
        stroke,
        width: dashed ? 1.4 : style === "points" ? 0 : 2,
        ...(dashed && { dash: paired || dashes === 1 ? [6, 5] : [2, 4] }),
        ...(style === "points" && { paths: () => null }),
        points: { show: style === "points", size: 5, fill: stroke, stroke },
        spanGaps: true,
        value: (_, value) => show(value),
      };
    });
  }

  const powersOfTen = (value) =>
    value !== null && Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6 ? show(value) : "";

  /** A logarithmic axis that spans less than a decade would have no power of ten to name. */
  const logTicks = (ticks) => {
    const named = ticks.map(powersOfTen);
    return named.filter(Boolean).length >= 2
      ? named
      : ticks.map((value) => (value === null ? "" : show(value)));
  };

  /** Steps and places are counted: no ticks between them. */
  const counts = (curves) => curves.every(({ points }) => points.every(([x]) => Number.isInteger(x)));
  const wholeSteps = [1, 2, 5].flatMap((n) => Array.from({ length: 7 }, (_, k) => n * 10 ** k));
  const whole = { incrs: wholeSteps.sort((a, b) => a - b) };

  /** A mark in the legend has the dashes of its line. */
  const markers = {
    width: 0,
    fill(plot, i) {
      const { dash } = plot.series[i];
      const stroke = plot.series[i].stroke(plot, i);
      if (!dash) return stroke;
      const [on, off] = dash;
      return `repeating-linear-gradient(90deg, ${stroke} 0 ${on}px, transparent ${on}px ${on + off}px)`;
    },
  };

  const axis = (log) => ({
    stroke: colour("soft"),
    grid: { stroke: colour("grid"), width: 1 },
    ticks: { show: false },
    values: (_, ticks) => (log ? logTicks(ticks) : ticks.map(show)),
  });

  function draw(place) {
    const { x, y, logX, logY, curves } = figures[place.dataset.figure];
    if (curves.every(({ points }) => points.length === 0)) return undefined;
    const size = () => ({ width: place.clientWidth, height: innerWidth < 545 ? 250 : 300 });
    const log = { distr: 3 };
    const plot = new uPlot(
      {
        ...size(),
        scales: { x: { time: false, ...(logX && log) }, y: logY ? log : {} },
        axes: [
          { ...axis(logX), ...(!logX && counts(curves) && whole), label: x, labelSize: 22, size: 34 },
          { ...axis(logY), size: 56 },
        ],
        series: [{ label: x.replace(/ \(.*/, ""), value: (_, value) => show(value) }, ...seriesOf(curves)],
        cursor: {
          ...{ drag: { x: false, y: false }, points: { size: 7 }, y: false },
          dataIdx: (u, i, at) => nearestValue(u.data[i], at),
        },
        legend: { live: true, markers },
        hooks: { ready: [showLast], setCursor: [(u) => u.cursor.left < 0 && showLast(u)] },
      },
      align(curves),
      place,
    );
    const unit = document.createElement("div");
    unit.className = "axis";
    unit.textContent = y;
    place.querySelector(".uplot").prepend(place.querySelector(".u-legend"), unit);
    return { plot, size };
  }

  let charts = [];
  function drawAll() {
    for (const { plot } of charts) plot.destroy();
    charts = [...document.querySelectorAll("[data-figure]")].map(draw).filter(Boolean);
  }
  drawAll();
  dark.addEventListener("change", drawAll);
  addEventListener("resize", () => {
    for (const { plot, size } of charts) plot.setSize(size());
  });
})();
