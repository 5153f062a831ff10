#!/usr/bin/env bash
# Writes PostgreSQL's own catalog as COPY text, one file per relation with a line of column names,
# into this folder, and the grammar's keywords into src/pg. It starts a throw-away PostgreSQL 15
# server of its own and removes it again.
#
# usage: PGBIN=/usr/lib/postgresql/15/bin src/engine/catalog/data/generate.sh
set -euo pipefail

out=$(cd "$(dirname "$0")" && pwd)
bin=${PGBIN:-/usr/lib/postgresql/15/bin}
work=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
  chown postgres "$work"
  as=(runuser -u postgres --)
fi
stop() {
  "${as[@]}" "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap stop EXIT

"${as[@]}" "$bin/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --locale=C >"$work/initdb.log"
"${as[@]}" "$bin/pg_ctl" -D "$work/data" -w -l "$work/log" \
  -o "-c listen_addresses= -k $work -c fsync=off" start >/dev/null

sql() { "$bin/psql" -h "$work" -U postgres -d postgres -X -q -v ON_ERROR_STOP=1 -At "$@"; }

# What is not part of PostgreSQL itself goes: a language we do not run, locales of this machine,
# and the bookkeeping of storage that we do not have.
sql <<'SQL'
DROP EXTENSION plpgsql;
SET allow_system_table_mods = on;
DELETE FROM pg_collation WHERE collname NOT IN ('default', 'C', 'POSIX', 'ucs_basic');
UPDATE pg_class SET reltoastrelid = 0, relpages = 0, reltuples = -1, relallvisible = 0,
  relfrozenxid = CASE WHEN relkind = 'r' THEN '3'::xid ELSE '0'::xid END,
  relminmxid = CASE WHEN relkind = 'r' THEN '1'::xid ELSE '0'::xid END;
-- Our expressions are kept as text: what pg_get_expr would say.
CREATE TABLE public.texts (relation text, replaced text, expression text);
INSERT INTO public.texts VALUES
  ('pg_proc', 'proargdefaults', 'pg_get_expr(proargdefaults, 0)'),
  ('pg_proc', 'prosqlbody', 'pg_get_function_sqlbody(oid)'),
  ('pg_type', 'typdefaultbin', 'pg_get_expr(typdefaultbin, 0)'),
  ('pg_constraint', 'conbin', 'pg_get_expr(conbin, 0)'),
  ('pg_index', 'indexprs', 'pg_get_expr(indexprs, indrelid)'),
  ('pg_index', 'indpred', 'pg_get_expr(indpred, indrelid)'),
  ('pg_rewrite', 'ev_action', 'CASE rulename WHEN ''_RETURN'' THEN pg_get_viewdef(ev_class) ELSE pg_get_ruledef(oid) END');
SQL

write() { # relation, schema, condition, order
  local columns
  columns=$(sql -c "SELECT string_agg(CASE WHEN expression IS NOT NULL THEN expression || ' AS '
      WHEN atttypid::regtype::text LIKE 'reg%' THEN quote_ident(attname) || '::oid AS '
      ELSE '' END || quote_ident(attname), ', ' ORDER BY attnum)
    FROM pg_attribute LEFT JOIN public.texts ON relation = '$1' AND replaced = attname
    WHERE attrelid = '$2.$1'::regclass AND attnum > 0")
  sql -c "COPY (SELECT $columns FROM $2.$1 WHERE $3 ORDER BY $4) TO STDOUT (FORMAT text, HEADER)" >"$out/$1.tsv"
}

kept="relnamespace IN (11, 'information_schema'::regnamespace) AND relkind IN ('r', 'v', 'i')"
own="(SELECT oid FROM pg_class WHERE $kept AND oid < 16384)"
described="(objoid < 16384 AND classoid <> 'pg_class'::regclass OR objoid IN $own)
  AND (classoid <> 'pg_collation'::regclass OR objoid IN (SELECT oid FROM pg_collation))
  AND classoid <> 'pg_extension'::regclass"

write pg_namespace pg_catalog "oid < 16384 AND nspname <> 'public'" oid
write pg_class pg_catalog "oid < 16384 AND $kept" oid
write pg_attribute pg_catalog "attrelid IN $own" attrelid,attnum
write pg_index pg_catalog "indrelid IN $own" indexrelid
write pg_constraint pg_catalog "oid < 16384" oid
write pg_type pg_catalog "oid < 16384 AND typnamespace <> 99" oid
write pg_rewrite pg_catalog "ev_class IN $own" oid
write pg_depend pg_catalog "objid < 16384 AND (classid <> 'pg_class'::regclass OR objid IN $own)" \
  classid,objid,objsubid,refclassid,refobjid,refobjsubid
for relation in pg_proc pg_operator pg_cast pg_am pg_amop pg_amproc pg_collation pg_conversion pg_language \
  pg_tablespace pg_authid pg_ts_config pg_ts_dict pg_ts_parser pg_ts_template; do
  write $relation pg_catalog "oid < 16384" oid
done
# What psql lists without an order is in the order of the heap.
write pg_opclass pg_catalog "oid < 16384" ctid
write pg_opfamily pg_catalog "oid < 16384" ctid
write pg_aggregate pg_catalog true aggfnoid::oid
write pg_range pg_catalog true rngtypid
write pg_auth_members pg_catalog true roleid,member
write pg_ts_config_map pg_catalog true mapcfg,maptokentype,mapseqno
write pg_description pg_catalog "$described" classoid,objoid,objsubid
write pg_init_privs pg_catalog "objoid < 16384" classoid,objoid,objsubid
write sql_features information_schema true feature_id,sub_feature_id
write sql_implementation_info information_schema true implementation_info_id
write sql_parts information_schema true feature_id
write sql_sizing information_schema true sizing_id

# The defaults of function arguments one by one, counted over the input arguments.
sql -c "COPY (SELECT p.oid, n AS argument, pg_get_function_arg_default(p.oid, n) AS default
  FROM pg_proc p, generate_series(1, 100) n WHERE p.pronargdefaults > 0
  AND n <= coalesce(array_length(p.proallargtypes, 1), p.pronargs)
  AND pg_get_function_arg_default(p.oid, n) IS NOT NULL ORDER BY 1, 2) TO STDOUT (FORMAT text, HEADER)" >"$out/proc_defaults.tsv"

# The queries behind views, plain and pretty.
sql -c "COPY (SELECT oid, pg_get_viewdef(oid) AS plain, pg_get_viewdef(oid, true) AS pretty
  FROM pg_class WHERE oid < 16384 AND relkind = 'v' ORDER BY oid) TO STDOUT (FORMAT text, HEADER)" >"$out/view_definitions.tsv"

# The rules that are not the query behind a view.
sql -c "COPY (SELECT oid, pg_get_ruledef(oid) AS plain, pg_get_ruledef(oid, true) AS pretty
  FROM pg_rewrite WHERE oid < 16384 AND rulename <> '_RETURN' ORDER BY oid) TO STDOUT (FORMAT text, HEADER)" >"$out/rule_definitions.tsv"

# Which columns of the catalog refer to which others.
sql -c "COPY (SELECT fktable::oid, fkcols, pktable::oid, pkcols, is_array, is_opt
  FROM pg_get_catalog_foreign_keys()) TO STDOUT (FORMAT text, HEADER)" >"$out/catalog_foreign_keys.tsv"

# What the one parser of text search makes of a text.
sql -c "COPY (SELECT * FROM ts_token_type('default')) TO STDOUT (FORMAT text, HEADER)" >"$out/ts_token_type.tsv"

# Every keyword of the grammar: its kind, and whether it can be a label without AS.
sql -c "COPY (SELECT word, catcode, barelabel FROM pg_get_keywords() ORDER BY word) TO STDOUT" >"$out/../../../pg/keywords.tsv"

# What is special about settings.
sql -c "COPY (SELECT name, array_to_string(pg_settings_get_flags(name), ',') FROM pg_settings
  WHERE pg_settings_get_flags(name) <> '{}' ORDER BY lower(name)) TO STDOUT" >"$out/../../../pg/settings/flags.tsv"

du -ch "$out"/*.tsv | tail -1
