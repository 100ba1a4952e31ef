import * as recurra from "recurra";
import { report } from "../../../programs/conformance.js";

export const dynamic = "force-dynamic";
export const GET = async () => new Response(await report(recurra));
