-- Hashes of values: what sampling and sharding by hashtext and its kin rest on.
select hashtext(''), hashtext('a'), hashtext('ab'), hashtext('abc'), hashtext('abcd'), hashtext('hello world'), hashtext('hello world!'), hashtext('hello world!!'), hashtext('é日本'), hashtext(null)
select n, hashtext(repeat('x', n)), hashtextextended(repeat('x', n), 0), hashtextextended(repeat('x', n), 7) from generate_series(0, 40) n order by 1
select hashtextextended('a', 1), hashtextextended('a', -1), hashtextextended('a', 9223372036854775807), hashtextextended('a', null)
select hashint4(0), hashint4(1), hashint4(-1), hashint4(2147483647), hashint4(-2147483648), hashint4extended(1, 0), hashint4extended(1, 42), hashint4extended(-1, 42)
select hashint8(0), hashint8(1), hashint8(-1), hashint8(9223372036854775807), hashint8(-9223372036854775808), hashint8(4294967296), hashint8extended(1, 0), hashint8extended(-5, 42)
select hashint2(1::int2), hashint2((-1)::int2), hashint2extended(1::int2, 3), hashint2(1::int2) = hashint4(1), hashint4(-7) = hashint8(-7)
select hashfloat8(0), hashfloat8('-0'), hashfloat8(1), hashfloat8(1.5), hashfloat8('nan'), hashfloat8('inf'), hashfloat8('-inf'), hashfloat8extended(0, 5), hashfloat8extended(1.5, 5), hashfloat8extended(0, 0)
select hashfloat4(0::real), hashfloat4(1.5::real), hashfloat4('nan'::real), hashfloat4(0.1::real), hashfloat4extended(1.5::real, 5), hashfloat4(1.5::real) = hashfloat8(1.5), hashfloat4extended(0::real, 9)
select hash_numeric(0), hash_numeric(0.00), hash_numeric(1), hash_numeric(1.0), hash_numeric(1.50), hash_numeric(1.5), hash_numeric(-1.5), hash_numeric(10000), hash_numeric(100000000), hash_numeric(0.0001), hash_numeric(123456789.987654321), hash_numeric('NaN'), hash_numeric('Infinity'), hash_numeric(1e-20), hash_numeric(12345678901234567890)
select hash_numeric_extended(0, 0), hash_numeric_extended(0, 5), hash_numeric_extended(1.5, 0), hash_numeric_extended(1.50, 5), hash_numeric_extended('NaN', 5), hash_numeric_extended(10000, 1), hash_numeric_extended(0.00001, 1)
select hashchar('a'), hashchar(''), hashchar('z'::"char"), hashcharextended('a', 3)
select hashname('abc'), hashname('abc') = hashtext('abc'), hashnameextended('abc', 3), hashname('')
select hashbpchar('a'), hashbpchar('a  '::char(5)), hashbpchar('a'::char(9)) = hashtext('a'), hashbpcharextended('a  ', 1), hashbpchar('')
select hashoid(1), hashoid(4294967295), hashoidextended(1, 4), hashoidvector('1 2 3'), hashoidvector(''), hashoidvectorextended('1 2 3', 9)
select hashinet('127.0.0.1'), hashinet('127.0.0.1/8'), hashinet('::1'), hashinet('2001:db8::/32'::cidr), hashinetextended('10.0.0.1', 2), hashinet('10.0.0.0/8'::cidr) = hashinet('10.0.0.0/8'::inet)
select hashmacaddr('08:00:2b:01:02:03'), hashmacaddr8('08:00:2b:01:02:03:04:05'), hashmacaddrextended('08:00:2b:01:02:03', 1), hashmacaddr8extended('08:00:2b:01:02:03:04:05', 1)
select hashtid('(0,1)'), hashtid('(65536,2)'), hashtidextended('(123456,7)', 1)
select interval_hash('1 day'), interval_hash('24 hours'), interval_hash('1 mon'), interval_hash('30 days'), interval_hash('-1 day'), interval_hash('1.5 seconds'), interval_hash('0'), interval_hash_extended('1 year', 3), interval_hash('-178000000 years')
select time_hash('12:00'), time_hash('00:00'), time_hash_extended('12:00', 1), timetz_hash('12:00+02'), timetz_hash('12:00-05:30'), timetz_hash_extended('12:00+02', 1)
select timestamp_hash('2000-01-01'), timestamp_hash('2024-02-29 12:34:56.789'), timestamp_hash('1999-12-31'), timestamp_hash('infinity'), timestamp_hash('-infinity'), timestamp_hash_extended('2024-02-29', 1), timestamp_hash('0044-03-15 BC')
select uuid_hash('00000000-0000-0000-0000-000000000000'), uuid_hash('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), uuid_hash_extended('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1)
select pg_lsn_hash('0/0'), pg_lsn_hash('16/B374D848'), pg_lsn_hash_extended('16/B374D848', 1)
select jsonb_hash('1'), jsonb_hash('1.0'), jsonb_hash('null'), jsonb_hash('true'), jsonb_hash('false'), jsonb_hash('"a"'), jsonb_hash('[]'), jsonb_hash('{}'), jsonb_hash('[1]'), jsonb_hash('{"a":1}')
select jsonb_hash('{"a":[1,2,{"b":null}],"c":"d"}'), jsonb_hash('[[1],[2]]'), jsonb_hash('[1,[2,[3]]]'), jsonb_hash('{"b":1,"a":2}') = jsonb_hash('{"a":2,"b":1}'), jsonb_hash('""')
select jsonb_hash_extended('1', 0), jsonb_hash_extended('1', 5), jsonb_hash_extended('true', 0), jsonb_hash_extended('true', 5), jsonb_hash_extended('false', 5), jsonb_hash_extended('null', 5), jsonb_hash_extended('{"a":[1,"x"]}', 0), jsonb_hash_extended('{"a":[1,"x"]}', 77), jsonb_hash_extended('[]', 1)
select hash_array(array[1,2,3]), hash_array(array[1,null,3]), hash_array('{}'::int[]), hash_array(array['a','b']), hash_array(array[1.5,2.5]), hash_array(array[true,false]), hash_array(array['2024-01-01'::date]), hash_array(array[now()]) is not null, hash_array(array[null::text])
select hash_array_extended(array[1,2,3], 0), hash_array_extended(array[1,2,3], 9), hash_array_extended('{}'::text[], 9), hash_array_extended(array['a',null], 1)
select hash_array(array['1 day'::interval]), hash_array(array['a'::char(3)]), hash_array(array['\x01'::bytea]), hash_array(array['1'::jsonb]), hash_array(array['10.0.0.1'::inet]), hash_array(array['a'::name]), hash_array(array['x'::"char"]), hash_array(array['1'::xid]), hash_array(array[int4range(1,5)]), hash_array(array['pg_class'::regclass])
select hash_array(array['$1'::money])
select hash_array('{}'::money[])
select hash_array(array['1'::json])
select hash_array(array[b'1'])
select hash_record(row(1, 'a'::text)), hash_record(row(1, null::text)), hash_record(row()), hash_record(row(1.5, true, '2024-01-01'::date)), hash_record(row(array[1,2]))
select hash_record_extended(row(1, 'a'::text), 0), hash_record_extended(row(1, 'a'::text), 5), hash_record_extended(row(), 5)
select hash_record(row('1'::json))
select hash_record(row(row(1), 2))
select hash_range(int4range(1, 5)), hash_range(int4range(null, 5)), hash_range(int4range(1, null)), hash_range('empty'::int4range), hash_range('(,)'::int4range), hash_range(numrange(1.5, 2.5, '[]')), hash_range(tsrange('2024-01-01', '2024-02-01')), hash_range(daterange('2024-01-01', '2024-02-01', '[]'))
select hash_range_extended(int4range(1, 5), 0), hash_range_extended(int4range(1, 5), 3), hash_range_extended('empty'::int8range, 3), hash_range_extended('[1,)'::numrange, 3)
select hash_multirange('{[1,5),[7,9)}'::int4multirange), hash_multirange('{}'::int4multirange), hash_multirange_extended('{[1,5),[7,)}'::int8multirange, 3), hash_multirange('{[2024-01-01,2024-02-01]}'::datemultirange)
select count(*), sum(hashtext(name)::int8), sum(hashtextextended(name, 1)::numeric) from learnink.courses
select hashtext(name) % 3 as part, count(*) from learnink.courses group by 1 order by 1
select id, hashint4(id % 7) from generate_series(1, 20) id order by 1
select hashtext(1)
select hashint4('a')
select hashtext('a', 1)
select hashtext('a')::text, pg_typeof(hashtext('a')), pg_typeof(hashtextextended('a', 1)), abs(hashtext('abc')) % 100, (hashtext('abc') % 10 + 10) % 10
select hashtext('sample 1' || x), hashtextextended('sample 1' || x, 1), hashint8(x * 10000000000), hash_numeric(x * 1.25), hashfloat8(x / 1.0) from generate_series(-3, 3) x order by x
select hashtext('sample 2' || x), hashtextextended('sample 2' || x, 2), hashint8(x * 20000000000), hash_numeric(x * 2.25), hashfloat8(x / 2.0) from generate_series(-3, 3) x order by x
select hashtext('sample 3' || x), hashtextextended('sample 3' || x, 3), hashint8(x * 30000000000), hash_numeric(x * 3.25), hashfloat8(x / 3.0) from generate_series(-3, 3) x order by x
select hashtext('sample 4' || x), hashtextextended('sample 4' || x, 4), hashint8(x * 40000000000), hash_numeric(x * 4.25), hashfloat8(x / 4.0) from generate_series(-3, 3) x order by x
select hashtext('sample 5' || x), hashtextextended('sample 5' || x, 5), hashint8(x * 50000000000), hash_numeric(x * 5.25), hashfloat8(x / 5.0) from generate_series(-3, 3) x order by x
select hashtext('sample 6' || x), hashtextextended('sample 6' || x, 6), hashint8(x * 60000000000), hash_numeric(x * 6.25), hashfloat8(x / 6.0) from generate_series(-3, 3) x order by x
select hashtext('sample 7' || x), hashtextextended('sample 7' || x, 7), hashint8(x * 70000000000), hash_numeric(x * 7.25), hashfloat8(x / 7.0) from generate_series(-3, 3) x order by x
select hashtext('sample 8' || x), hashtextextended('sample 8' || x, 8), hashint8(x * 80000000000), hash_numeric(x * 8.25), hashfloat8(x / 8.0) from generate_series(-3, 3) x order by x
select hashtext('sample 9' || x), hashtextextended('sample 9' || x, 9), hashint8(x * 90000000000), hash_numeric(x * 9.25), hashfloat8(x / 9.0) from generate_series(-3, 3) x order by x
select hashtext('sample 10' || x), hashtextextended('sample 10' || x, 10), hashint8(x * 100000000000), hash_numeric(x * 10.25), hashfloat8(x / 10.0) from generate_series(-3, 3) x order by x
select hashtext('sample 11' || x), hashtextextended('sample 11' || x, 11), hashint8(x * 110000000000), hash_numeric(x * 11.25), hashfloat8(x / 11.0) from generate_series(-3, 3) x order by x
select hashtext('sample 12' || x), hashtextextended('sample 12' || x, 12), hashint8(x * 120000000000), hash_numeric(x * 12.25), hashfloat8(x / 12.0) from generate_series(-3, 3) x order by x
select hashtext('sample 13' || x), hashtextextended('sample 13' || x, 13), hashint8(x * 130000000000), hash_numeric(x * 13.25), hashfloat8(x / 13.0) from generate_series(-3, 3) x order by x
select hashtext('sample 14' || x), hashtextextended('sample 14' || x, 14), hashint8(x * 140000000000), hash_numeric(x * 14.25), hashfloat8(x / 14.0) from generate_series(-3, 3) x order by x
select hashtext('sample 15' || x), hashtextextended('sample 15' || x, 15), hashint8(x * 150000000000), hash_numeric(x * 15.25), hashfloat8(x / 15.0) from generate_series(-3, 3) x order by x
