import webpack from "webpack";

const [entry, path] = process.argv.slice(2);
const output = { path, filename: "page.js" };
webpack({ mode: "production", entry, output, performance: { hints: false } }, (error, stats) => {
  if (!error && !stats.hasErrors()) return;
  console.error(error ?? stats.toString("errors-only"));
  process.exitCode = 1;
});
