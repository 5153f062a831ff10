-- Binary strings and bit strings (chapters 8.4, 8.10, 9.5, 9.6).
select '\xDEADbeef'::bytea, 'abc'::bytea, E'\\000\\001a'::bytea, ''::bytea, '\x'::bytea, 'a\\b'::bytea, '\x de ad '::bytea, bytea 'x', 'é'::bytea
select '\xabc'::bytea
select '\xzz'::bytea
select 'a\b'::bytea
select 'a\400'::bytea
select '\x12'::bytea || '\x34'::bytea, 'a'::bytea || 'b', length('abc'::bytea), octet_length('\x0102'::bytea), bit_length('\x01'::bytea), length(''::bytea)
select substring('\x0102030405'::bytea from 2 for 2), substring('abc'::bytea, 2), substr('abc'::bytea, 2, 1), substr('abc'::bytea, -1, 3), substring('abc'::bytea from 10), substr('abc'::bytea, 0)
select substring('abc'::bytea, 1, -1)
select position('b'::bytea in 'abc'::bytea), position('' in 'abc'::bytea), position('z'::bytea in 'abc'::bytea), position('\x02'::bytea in '\x0102'::bytea)
select trim('a'::bytea from 'aba'::bytea), btrim('\x000100'::bytea, '\x00'), ltrim('aab'::bytea, 'a'), rtrim('baa'::bytea, 'a'), trim(leading '\x00'::bytea from '\x0001'::bytea), btrim('abc'::bytea, '')
select get_byte('\x0102ff'::bytea, 2), get_bit('\x01'::bytea, 0), get_bit('\x80'::bytea, 7), set_byte('\x0102'::bytea, 0, 255), set_bit('\x00'::bytea, 7, 1), set_byte('\x01'::bytea, 0, 256 + 5)
select get_byte('\x01'::bytea, 1)
select get_bit('\x01'::bytea, 8)
select get_byte('\x01'::bytea, -1)
select set_byte('\x01'::bytea, 5, 1)
select set_bit('\x01'::bytea, 0, 2)
select set_bit('\x01'::bytea, 10, 1)
select bit_count('\x0f'::bytea), bit_count(''::bytea), md5('\x00'::bytea), sha256('\x00'::bytea), encode('\x00ff'::bytea, 'hex'), encode('\x00ff'::bytea, 'base64'), encode('\x00ff41'::bytea, 'escape'), encode(''::bytea, 'base64')
select encode(decode(repeat('ab', 60), 'hex'), 'base64'), encode(repeat('x', 57)::bytea, 'base64'), encode(repeat('x', 58)::bytea, 'base64')
select decode(' Y W J j ', 'base64'), decode('', 'hex'), decode(E'61\n62', 'hex'), decode('\\', 'escape'), decode('YQ==', 'base64'), decode('YWI=', 'base64')
select decode('=', 'base64')
select decode('a', 'base64')
select decode('\1', 'escape')
select 'a'::bytea < 'b'::bytea, '\x00'::bytea < '\x0000'::bytea, '\xff'::bytea > '\x7f'::bytea, ''::bytea = '\x'::bytea, 'a'::bytea <> 'a', '\x01'::bytea between '\x00' and '\x02'
select 'abc'::bytea like 'a%', 'abc'::bytea not like '_b%'::bytea, '\x00ff'::bytea like '\x00%'::bytea, 'a%'::bytea like 'a\\%'::bytea
select 'a'::bytea like 'a\'
select x from (values ('\x01'::bytea), ('\x00'), (''), (null), ('\xff'), ('\x0100')) t(x) order by x
select string_agg(x, '\x2c' order by x), count(distinct x) from (values ('\x01'::bytea), ('\x00'), ('\x01')) t(x)
select reverse('abc'::bytea)
select upper('abc'::bytea)
select 'abc'::bytea::text, 'abc'::bytea::varchar
select 'abc'::text::bytea, '\x41'::text::bytea
select 1::bytea
select 'abc'::bytea::int
select 'abc'::bytea || 1
set bytea_output = escape
select '\xDEADbeef'::bytea, 'abc'::bytea, '\x00'::bytea, '\x5c'::bytea, ''::bytea, '\x27'::bytea, '\x7f20'::bytea, array['\x00'::bytea, 'a']
select '\x00'::bytea::text, 'a' || '\xff'::bytea::text
set bytea_output = nope
reset bytea_output
select array['\x00'::bytea, 'a"b', null], row('\x01'::bytea), to_json('\x01'::bytea)
