// Prints what node-postgres reads: values of every type, prepared statements, cursors, streams, a pool, errors.

const { readFileSync } = require("fs");
const { Client, Pool } = require("pg");
const Cursor = require("pg-cursor");
const QueryStream = require("pg-query-stream");

const VALUES = `
  true, false, null::bool, 1::int2, -2::int4, 9007199254740993::int8, 1.5::float4, 'NaN'::float8, '-Infinity'::float8,
  12.340::numeric, 'NaN'::numeric, 'Zürich \\ '' "'::text, 'ab'::varchar(5), 'ab'::char(5), 'x'::"char", 'n'::name,
  '\\x00ff41'::bytea, date '2026-11-22', date '0044-03-15 BC', date 'infinity', time '03:04:05.678', timetz '03:04:05+02',
  timestamp '2026-11-22 03:04:05.678901', timestamptz '2026-11-22 03:04:05.678901+03', timestamp '-infinity',
  interval '1 year 2 mons -3 days 04:05:06.789', interval '0', uuid '0f8fad5b-d9cb-469f-a165-70867728950e',
  '{"a":[1,null,"ü"]}'::json, '{"b": 1, "a": [true]}'::jsonb, 'null'::jsonb, 26::oid, 'pg_class'::regclass, 'int4'::regtype,
  inet '10.0.0.1/8', cidr '10.0.0.0/8', macaddr '08:00:2b:01:02:03', bit '101', varbit '01',
  array[1,null,3], array['a','b,"c\\'], array[true,false], array[1.5,2.5]::numeric[], array['2026-11-22'::date],
  array['2026-11-22 01:02'::timestamp], array['{"a":1}'::json], array['\\x00'::bytea], '{}'::int[],
  int4range(1,5), row(1,'x y',null), int8 '1' << 40`;

function shown(value) {
  if (value === null || value === undefined) return String(value);
  if (Buffer.isBuffer(value)) return `Buffer ${value.toString("hex")}`;
  if (value instanceof Date) return `Date ${isNaN(value) ? "invalid" : value.toISOString()}`;
  if (typeof value === "number" || typeof value === "bigint") return `${typeof value} ${value}`;
  return `${value.constructor.name} ${JSON.stringify(value)}`;
}

function show(title, result) {
  console.log("--", title);
  console.log(result.command, result.rowCount, result.fields.map((f) => `${f.name}:${f.dataTypeID}/${f.dataTypeSize}/${f.dataTypeModifier}/${f.format}`).join(" "));
  for (const row of result.rows) console.log(Object.values(row).map(shown).join(" | "));
}

async function failing(title, promise) {
  try {
    await promise;
    console.log("--", title, "no error");
  } catch (error) {
    const fields = ["severity", "code", "message", "detail", "hint", "position", "internalPosition", "internalQuery", "where", "schema", "table", "column", "dataType", "constraint"];
    console.log("--", title, fields.map((name) => `${name}=${error[name]}`).join(" "));
  }
}

async function main() {
  const version = (name) => JSON.parse(readFileSync(`${process.env.NODE_PATH}/${name}/package.json`)).version;
  console.log(["pg", "pg-cursor", "pg-query-stream"].map((name) => `${name} ${version(name)}`).join(", "));
  const client = new Client({ application_name: "tour", statement_timeout: 60000, connectionTimeoutMillis: 20000 });
  const notices = [];
  client.on("notice", (notice) => notices.push(notice));
  await client.connect();

  show("values", await client.query(`select ${VALUES}`));
  show("values extended", await client.query({ text: `select ${VALUES}`, values: [] , name: "all values"}));
  for (const rowMode of [undefined, "array"]) show(`rows ${rowMode}`, await client.query({ text: "select * from learnamp.locations order by id", rowMode }));
  // A reader may ask for binary results of single types.
  show("binary", await client.query({ text: "select 1::int4, 2::int8, 1.5::float8, true, 'x'::text, timestamptz '2026-11-22 03:04:05+00'", binary: true, values: [] }));
  show("several", (await client.query("select 1 as one; select 2 as two; set application_name to 'other'; show application_name")).at(-1));
  for (const result of await client.query("select 1 as one; select 'x' as two, 3 as three; begin; commit")) show("each", result);
  show("empty", await client.query(""));
  show("comment", await client.query("-- nothing"));

  const parameters = [
    ["int4", 7], ["int4", "-8"], ["int8", 9007199254740993n], ["float8", 1.25], ["numeric", "12.50"], ["text", "Zürich \\ '"], ["bool", true],
    ["date", "2026-11-22"], ["timestamptz", new Date(Date.UTC(2026, 10, 22, 1, 2, 3, 456))], ["bytea", Buffer.from([0, 255, 65])], ["json", { a: [1, null] }],
    ["jsonb", JSON.stringify([1, 2])], ["int4[]", [1, null, 3]], ["text[]", ["a", 'b"c', "d,e", null]], ["text", null], ["uuid", "0f8fad5b-d9cb-469f-a165-70867728950e"],
    ["interval", "1 day 2 hours"], ["bytea[]", [Buffer.from("ab"), Buffer.from("c")]], ["timestamptz[]", [new Date(0)]],
  ];
  for (const [type, value] of parameters) show(`parameter ${type}`, await client.query(`select $1::${type} as value`, [value]));
  show("many", await client.query("select id, first_name from learnamp.users where id = any($1) and coalesce(hire_date, $2) >= $2 and first_name ilike $3 order by id limit $4", [[1, 2, 3, 4, 5], "2000-01-01", "%a%", 3]));
  for (const id of [1, 2, 1]) show("prepared", await client.query({ name: "by id", text: "select id, first_name, hire_date from learnamp.users where id = $1", values: [id] }));
  await failing("the same name", client.query({ name: "by id", text: "select 1", values: [] }));

  const cursor = client.query(new Cursor("select n, n::text as t from generate_series($1::int, 25) n", [1]));
  for (let rows = await cursor.read(10); rows.length > 0; rows = await cursor.read(10)) console.log("portion", rows.length, JSON.stringify(rows[0]), JSON.stringify(rows.at(-1)));
  await cursor.close();
  const early = client.query(new Cursor("select * from generate_series(1, 100000)"));
  console.log("early", (await early.read(3)).length);
  await early.close();
  await failing("cursor", client.query(new Cursor("select 1 / (3 - n) from generate_series(1, 5) n")).read(10));
  let sum = 0;
  for await (const row of client.query(new QueryStream("select n from generate_series(1, 20000) n", [], { batchSize: 500, highWaterMark: 100 }))) sum += row.n;
  console.log("streamed", sum);
  let seen = 0;
  for await (const row of client.query(new QueryStream("select * from learnamp.activities order by id"))) {
    if (++seen === 700) break;
  }
  console.log("left early", seen);

  await client.query("begin isolation level repeatable read read only");
  await client.query("savepoint one");
  await failing("in a transaction", client.query("select nothing from nowhere"));
  await failing("aborted", client.query("select 1"));
  await client.query("rollback to savepoint one");
  show("after", await client.query("select count(*) from learnamp.users"));
  await client.query("commit");
  show("notice", await client.query("rollback"));
  console.log(notices.map((n) => `${n.severity} ${n.code} ${n.message}`).join("\n"));

  for (const [title, text, values] of [
    ["column", "select nothing from learnamp.users", []],
    ["table", "select * from learnamp.nothing", undefined],
    ["function", "select nothing($1::int)", [1]],
    ["division", "select 1 / $1::int", [0]],
    ["syntax", "selec 1", undefined],
    ["text", "select $1::int", ["abc"]],
    ["too few", "select $1::int, $2::int", [1]],
    ["undetermined", "select $1", [1]],
    ["insert", "insert into learnamp.locations (id) values ($1)", [1]],
    ["create", "create table x (id int)", undefined],
    ["copy", "copy learnamp.locations from stdin", undefined],
    ["listen", "listen x", undefined],
    ["setting", "set nothing to 1", undefined],
    ["array", "select $1::int[]", ["{1,x}"]],
    ["cast", "select 'x'::text::int", []],
    ["subquery", "select (select id from learnamp.users)", []],
  ]) await failing(title, client.query(text, values));

  const slow = failing("cancelled", client.query("select pg_sleep(20)"));
  setTimeout(() => new Client().cancel(client, client._activeQuery), 500);
  await slow;
  await client.query("set statement_timeout = 300");
  await failing("timed out", client.query("select pg_sleep(20)"));
  await client.end();

  const pool = new Pool({ max: 4, idleTimeoutMillis: 500 });
  const all = await Promise.all(Array.from({ length: 40 }, (_, n) => pool.query({ name: `q${n % 3}`, text: `select $1::int * ${(n % 3) + 1} as n`, values: [n] })));
  console.log("pool", all.reduce((total, result) => total + result.rows[0].n, 0), pool.totalCount);
  const lent = await pool.connect();
  await failing("lent", lent.query("select 1 / 0"));
  show("lent again", await lent.query("select current_database() as d, current_user as u"));
  lent.release();
  await pool.end();
}

main().catch((error) => { console.error(error); process.exit(1); });
