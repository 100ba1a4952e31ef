// A competitor for the tests, one behaviour for each name: `node fake.mjs NAME FOLDER`, as bench/peers/run.mjs.
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [name] = process.argv.slice(2);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
// Who looks whether anything is left needs to know what there was.
const remember = (pid) => {
  if (process.env.FAKE_PIDS) appendFileSync(process.env.FAKE_PIDS, `${pid}\n`);
};
remember(process.pid);

if (name === "absent") {
  say({ skip: "library is not installed" });
  process.exit(0);
}
if (name === "mute") setInterval(() => {}, 1000);
else {
  say({ ready: true, name, label: `fake ${name}`, versions: { fake: "1" } });
  for await (const line of createInterface({ input: process.stdin })) {
    const { check, run, end } = JSON.parse(line);
    if (check) await answerCheck();
    else if (run && name === "tired") process.exit(3);
    else if (run) say({ seconds: (name === "slow" ? 0.04 : 0.01) * run, rounds: run });
    else if (end) {
      say({ peakRssBytes: 1e6 });
      break;
    }
  }
}

async function answerCheck() {
  if (name === "hanging") {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    remember(child.pid);
    await new Promise(() => setInterval(() => {}, 1000));
  }
  if (name === "dying") {
    process.stderr.write("no more\n");
    process.exit(7);
  }
  if (name === "throwing") throw new Error("out of luck", { cause: { code: 9 } });
  if (name === "chatting") process.stdout.write("Hello! I am a library.\n");
  if (name === "failing") say({ error: "it does not fit" });
  if (name === "other") say({ differs: "it has other units" });
  const off = { wrong: 0.1, near: 5e-6 }[name] ?? 0;
  if (!["chatting", "failing", "other"].includes(name)) say({ outputs: [1, 2 + off, 3] });
}
