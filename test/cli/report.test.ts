import { describe, expect, it } from "vitest";
import { type PageContent, readSamples, renderPage } from "../../ts/cli/report/page.js";
import { workFolder } from "./program.js";

const hostile = `</script><script src="http://evil.example/x.js"></script><img src=x onerror=alert(1)> & "quoted" 'it'`;
const content: PageContent = {
  name: `A & B <${hostile}>`,
  unit: "character",
  kernel: "simd",
  points: Array.from({ length: 50 }, (_, i) => ({
    update: i + 1,
    steps: (i + 1) * 256,
    bits: 4 - i / 50,
    norm: 1 + i / 100,
  })),
  heldOut: [{ update: 25, steps: 6400, bits: 3.6 }],
  samples: [
    { update: 10, steps: 2560, bits: 3.9, text: hostile },
    { update: 50, steps: 12800, bits: 3, text: "“Aye,” said\u0007 he.\n" },
  ],
  updates: 50,
  steps: 12800,
  seconds: 2,
  parameters: 1234,
  baseline: 4.2,
  heldOutResult: { bits: 3.1, accuracy: 0.4 },
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
    expect(withoutText).not.toMatch(/<[^>]*\b(src|href|srcset|action)\s*=/i);
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

  it("can be drawn while training goes on, before anything was measured", () => {
    const early = renderPage({
      ...content,
      points: [],
      heldOut: [],
      samples: [],
      heldOutResult: undefined,
      seconds: 0,
      steps: 0,
    });
    expect(early).toContain("latest measurement");
    expect(early.replace(/<script[\s\S]*?<\/script>/g, "")).not.toMatch(/NaN|undefined|Infinity/);
  });
});
