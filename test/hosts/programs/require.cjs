const recurra = require("recurra");

import("./conformance.js").then(async ({ report }) => console.log(await report(recurra)));
