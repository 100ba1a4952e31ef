// The page: hands the text to a worker and shows what comes back. It never waits for the net.
const element = (id) => document.getElementById(id);
const status = (text) => {
  element("status").textContent = text;
};

let worker;

function running(on) {
  element("train").disabled = on;
  element("stop").disabled = !on;
}

element("form").addEventListener("submit", (event) => {
  event.preventDefault();
  worker?.terminate();
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => {
    if (data.kind === "progress") {
      const { update, updates, loss } = data;
      status(`Update ${update} of ${updates}, loss ${loss.toFixed(3)} nats per character`);
    } else if (data.kind === "sample") {
      element("written").textContent = data.text;
    } else {
      status(data.text);
      running(false);
    }
  });
  worker.addEventListener("error", ({ message }) => {
    status(message);
    running(false);
  });
  running(true);
  status("Starting …");
  worker.postMessage({ text: element("text").value, updates: Number(element("updates").value) });
});

// The worker ends its update, writes a last sample and says so.
element("stop").addEventListener("click", () => worker.postMessage("stop"));
