-- Literals, types and their names (chapters 4.1, 8).
select 1::smallint, 1::integer, 1::bigint, 1::int2, 1::int4, 1::int8, 1::real, 1::double precision, 1::float, 1::float(24), 1::float(25), 1::decimal, 1::numeric, 1::dec(5,2), 1::numeric(10)
select 'a'::text, 'a'::varchar, 'a'::character varying(5), 'a'::char, 'a'::character(3), 'a'::bpchar, 'a'::name, 'a'::"char", 'a'::national character varying(3), 'a'::nchar(2)
select '2020-01-01'::date, '10:00'::time, '10:00'::time without time zone, '10:00'::time with time zone, '10:00'::timetz, '2020-01-01'::timestamp, '2020-01-01'::timestamp without time zone, '2020-01-01'::timestamp with time zone, '2020-01-01'::timestamptz(3), '1 day'::interval, '1'::interval year
select true, false, 't'::boolean, 'no'::bool, null, null::int, unknown 'x', 'x'::unknown
select int '1', int4 '5', float8 '1.5', numeric '1.50', bool 't', text 'x', date '2020-01-01', varchar 'abc', varchar(2) 'abc', "char" 'a', pg_catalog.int4 '7', json '{"a":1}', jsonb '{"a":1}', uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', bytea '\x01', interval '1 day', name 'x', oid '5'
select nosuch '1'
select 1::nosuch
select 1::pg_catalog.nosuch
select 1::nosuch.int4
select 1::int4(5)
select 'a'::date(3)
select null::int[], null::int array, null::int array[3], null::text[][], null::int[3]
select cast(1 as int), cast('1' as int), cast(null as int), cast(1.5 as int), 1::text::int, int4(1.5), text(5), float8(1), numeric(1.5), "varchar"('a'), bool(1), date('2020-01-01'), "char"(65), oid(5::int8)
select int4('x')
select date(5)
select timestamp('2020-01-01')
select pg_typeof(1), pg_typeof(1::int8), pg_typeof(1.0), pg_typeof(1e0), pg_typeof(2147483648), pg_typeof(9223372036854775808), pg_typeof('a'::varchar(3)), pg_typeof(now()), pg_typeof(current_date), pg_typeof(array[1.0]), pg_typeof(row(1, 2)), pg_typeof(interval '1 day'), pg_typeof(true), pg_typeof(1::float4)
select 'int4'::regtype, 'integer'::regtype, 'timestamp with time zone'::regtype, 'text[]'::regtype, 'varchar(5)'::regtype, 23::regtype, 'int4'::regtype::oid, 'pg_catalog.int4'::regtype, '"char"'::regtype, 'numeric(5,2)'::regtype::text, '-'::regtype, 0::regtype, to_regtype('nosuch'), to_regtype('int4'), 'bit'::regtype, 'interval'::regtype, 'time(3)'::regtype
select 'nosuch'::regtype
select 'lower'::regproc
select 'length(text)'::regprocedure, 'length(text)'::regprocedure::oid, 'sqrt(float8)'::regprocedure, '+(int4,int4)'::regoperator, '||/(NONE,float8)'::regoperator, 'pg_class'::regclass, 'pg_catalog'::regnamespace, 'now'::regproc, 'english'::regconfig, 'simple'::regdictionary, '"C"'::regcollation
select 'nosuch(text)'::regprocedure
select 'nosuch'::regproc
select '+'::regoper
select 'nosuch'::regclass
select 'nosuch'::regnamespace
select 'nosuch'::regrole
select 'nosuch'::regcollation
select 'nosuch'::regconfig
select 'pg_class'::regclass::oid, 'pg_class'::regclass::text, 1259::regclass, 999999::regclass, 'pg_class'::regclass = 1259, 1259::oid::regclass, 'pg_catalog.pg_class'::regclass, '1259'::regclass, to_regclass('nosuch'), to_regclass('pg_class'), to_regproc('now'), to_regprocedure('length(text)'), to_regnamespace('pg_catalog'), to_regoperator('+(int4,int4)'), to_regcollation('"C"')
select 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '{a0eebc999c0b4ef8bb6d6bb9bd380a11}'::uuid, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid, 'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11'::uuid
select 'a0eebc99'::uuid
select 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g'::uuid
select ''::uuid
select '{"a": [1, 2.50, "x", null, true]}'::json, '{"b":1,"a":2,"a":3}'::jsonb, '"x"'::json, '1.50'::jsonb, 'null'::jsonb, '[]'::json, ' { } '::jsonb, '"\u00e9\n"'::jsonb, '1e3'::jsonb
select '{a:1}'::json
select ''::json
select '{"a":1,}'::jsonb
select '[1,2'::json
select '"\u0000"'::jsonb
select 'nan'::jsonb
select '"\x"'::json
select 1::xid
select '5'::xid, '4294967295'::xid, '5'::cid, '(1,2)'::tid, '5'::xid8, '18446744073709551615'::xid8, '16/B374D848'::pg_lsn, '0/0'::pg_lsn, '5'::xid = '5'::xid, '5'::xid8 < '6'::xid8, '5'::xid <> 6
select '(1,2)'::tid < '(1,3)'::tid, '(0,1)'::tid = '(0,1)'::tid, '(4294967295,65535)'::tid
select 'x'::tid
select '16/B374D848'::pg_lsn - '16/B374D800'::pg_lsn, '16/B374D848'::pg_lsn > '16/B374D800', '0/10'::pg_lsn + 16, '0/10'::pg_lsn - 8, pg_wal_lsn_diff('0/20', '0/10'), '16/b374d848'::pg_lsn, 16 + '0/10'::pg_lsn, pg_lsn_cmp('0/1', '0/2')
select 'G/0'::pg_lsn
select '$1,234.56'::money, '-5'::money, '(12.3)'::money, 12.345::numeric::money, 5::money, '1e3'::money
select '5.005'::money, '$-1'::money, ''::money
select 'abc'::money
select '12.34'::money + '1'::money, '10'::money - '3', '10'::money * 2, 2 * '10'::money, '10'::money * 1.5::float8, '10'::money / 3, '10'::money / 4.0::float8, '10'::money / '4'::money, '10'::money > '9', '10'::money = 10::money, '12.34'::money::numeric, cash_words('12.34'::money), '10'::money * 2::int2, '10'::money * 2::int8, '10'::money / 3::int8
select '10'::money / 0
select '10'::money / '0'::money
select '10'::money + 1
select x from (values ('10'::money), ('9'), ('-1')) t(x) order by x
select to_json('1'::money), array['1'::money], '1'::money::text, '92233720368547758.07'::money, '-92233720368547758.08'::money
select '92233720368547758.08'::money
select '$.a[*] ? (@.b > 1)'::jsonpath, '$'::jsonpath, 'lax $.a'::jsonpath, 'strict $."a b"'::jsonpath
select 'x'::jsonpath
select 'a'::refcursor, 'a'::cstring
select 'a'::trigger
select 'a'::any
select 1::"any"
select 1::anyelement
select 1::record
select '(1,2)'::record
select 1a
select 'abc
def'
select E'\u0041', E'\U00000041', E'\'', E'\b\f\r' = U&'\0008\000C\000D', 'a\nb', E'tab\there'
-- Bytes beyond ASCII in "char" are written in octal.
select '\303'::"char", '\303'::"char"::int4, (-61)::"char", '\777'::"char"::int4, '\30'::"char", '\xyz'::"char", 'äb'::"char", '\303'::"char"::text, 'ä'::text::"char", ''::"char"::int4, 128::"char"
select (-1)::"char", (-128)::"char"::int4, 0::"char" = '', 127::"char"::int4
select int4in('42'), int2in(' 7 '), int8in('-9'), textin('abc'), boolin('yes'), float8in('1.5e3'), float4in('nan'), date_in('2024-02-29'), numeric_in('1.2345', 0, -1), numeric_in('1.2345', 0, 327686), timestamp_in('2024-01-01 12:00', 0, -1), timestamptz_in('2024-01-01 12:00+00', 0, 2), interval_in('1 day', 0, -1), uuid_in('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), byteain('\x0102'), jsonb_in('{"a": 1}'), varcharin('abcdef', 0, 7), bpcharin('ab', 0, 9)
select int4in('x')
select int4in(1)
select int2in('99999')
select varcharin('abcdef', 0, null)
select int4out(42), int8out(-9), boolout(true), float8out(0.1), date_out('2024-02-29'), numeric_out(1.50), timestamp_out('2024-01-01'), textout('a'), array_out(array[1,null,3]), record_out(row(1, 'a b')), range_out(int4range(1, 5)), jsonb_out('{"a":1}'), byteaout('\x01'), interval_out('1 day 02:00'), pg_typeof(int4out(1)), nameout('n'), oidout(5), regclassout('pg_class'), bit_out(b'101'), inet_out('10.0.0.1/8'), cash_out('1.5')
select regclassin('pg_class'), regtypein('int4'), namein('abc'), oidin('7'), inet_in('10.0.0.1'), cidr_in('10.0.0.0/8'), macaddr_in('08:00:2b:01:02:03'), cash_in('$1.50'), bit_in('101', 0, 3), varbit_in('101', 0, -1), xidin('5'), tidin('(0,1)'), json_in('[1]'), time_in('12:00', 0, -1), timetz_in('12:00+02', 0, -1), jsonpath_in('$.a'), pg_lsn_in('0/1'), xid8in('8'), charin('a')
select tsvectorin('a b:1'), tsqueryin('a & b'), tsvectorout('b a'), tsqueryout('a|b'), tsvectorsend('a:1A b'), tsquerysend('a & !b:*A <-> c')
