export { GET } from "../../../programs/edge-function.js";

export const runtime = "edge";
