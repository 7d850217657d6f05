// Has the official parser read the document that is named; ends with 1 if it finds an error.
import { readFileSync } from "node:fs";
import asyncapi from "@asyncapi/parser";

const SEVERITIES = ["error", "warning", "information", "hint"];

const text = readFileSync(process.argv[2], "utf8");
const { document, diagnostics } = await new asyncapi.Parser().parse(text);
for (const one of diagnostics) {
  console.log(`${SEVERITIES[one.severity]}: ${one.code} at ${one.path.join("/") || "the document"}: ${one.message}`);
}
if (document === undefined) {
  console.log("The parser does not accept the document.");
  process.exit(1);
}
const channels = document.channels().all();
console.log(
  `The parser accepts ${document.info().title()} ${document.info().version()}, AsyncAPI ${document.version()}: ` +
    `${channels.length} channels, ${document.operations().all().length} operations, ` +
    `${document.components().messages().all().length} messages.`,
);
