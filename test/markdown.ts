/** Links and headings of pages in Markdown. */
import { readFileSync } from "node:fs";

/** The anchor of a heading, as GitHub makes it. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\p{Mark} _-]/gu, "")
    .replaceAll(" ", "-");

/** The anchors of a page's headings. */
export const anchorsOf = (file: string): string[] =>
  [...readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchor(heading));

export interface Link {
  /** As it stands in the text. */
  readonly link: string;
  /** "" for the page itself. */
  readonly path: string;
  readonly heading: string | undefined;
}

/** Links within the repository. */
export const linksOf = (text: string): Link[] =>
  [...text.matchAll(/\]\(([^)]+)\)/g)]
    .filter(([, to = ""]) => !/^https?:/.test(to))
    .map(([link, to = ""]) => {
      const [path = "", heading] = to.split("#");
      return { link, path, heading };
    });
