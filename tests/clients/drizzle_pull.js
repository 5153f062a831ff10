// Prints what drizzle-kit makes of a database: its description, and the schema and relations in TypeScript.
// It asks for tables and keys in no order; what it writes about them is put into one.

const { execFileSync } = require("child_process");
const { readFileSync, readdirSync, writeFileSync } = require("fs");
const { join } = require("path");

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = process.env;
const kit = join(process.env.NODE_PATH, "drizzle-kit");
const version = (name) => JSON.parse(readFileSync(join(process.env.NODE_PATH, name, "package.json"))).version;
console.log(`drizzle-kit ${version("drizzle-kit")}, drizzle-orm ${version("drizzle-orm")}, pg ${version("pg")}`);

writeFileSync("config.json", JSON.stringify({
  dialect: "postgresql",
  out: "./pulled",
  schemaFilter: ["learnink", "learnamp", "learning360"],
  dbCredentials: { host: PGHOST, port: Number(PGPORT), user: PGUSER, password: PGPASSWORD, database: PGDATABASE, ssl: false },
}));
try {
  execFileSync(process.execPath, [join(kit, "bin.cjs"), "pull", "--config=config.json"], { stdio: ["ignore", "pipe", "pipe"] });
} catch (failure) {
  console.error(`${failure.stdout}${failure.stderr}`);
  process.exit(1);
}

const sorted = (value) =>
  value === null || typeof value !== "object" || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
const { id, prevId, ...snapshot } = JSON.parse(readFileSync("pulled/meta/0000_snapshot.json"));
console.log(JSON.stringify(sorted(snapshot), null, 1));

// Lines in order, those of imports by word; which one of a list comes last, and has no comma, is chance.
const lines = (file) => {
  const text = readFileSync(join("pulled", file), "utf8").replace(/^import .*$/gm, (line) => line.split(/[ ,{}]+/).sort().join(" "));
  return text.split("\n").map((line) => line.replace(/,$/, "")).sort().join("\n");
};
console.log(lines("schema.ts"));
console.log(lines("relations.ts"));
console.log(lines(readdirSync("pulled").find((name) => name.endsWith(".sql"))));
