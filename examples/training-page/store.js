// One file in IndexedDB, which takes typed arrays as they are.
const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const request = indexedDB.open("training-page", 1);
request.onupgradeneeded = () => request.result.createObjectStore("files");
const database = await settled(request);
const files = (mode) => database.transaction("files", mode).objectStore("files");

export const kept = () => settled(files("readonly").get("checkpoint"));
export const keep = (bytes) => settled(files("readwrite").put(bytes, "checkpoint"));
export const forget = () => settled(files("readwrite").delete("checkpoint"));
