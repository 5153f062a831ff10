-- LIKE, SIMILAR TO and POSIX regular expressions (chapter 9.7).
select 'abc' like 'a%', 'abc' like '_b_', 'abc' like 'c', 'abc' like '%', '' like '', '' like '%', 'abc' like 'ABC', 'a%c' like 'a\%c', 'abc' like 'a\%c', 'a\c' like 'a\\c', 'é' like '_', '日本' like '_本', 'abc' like '%%%c'
select 'a%c' like 'a#%c' escape '#', 'a\c' like 'a\c' escape '', 'a_c' like 'a!_c' escape '!', 'abc' not like 'a%', 'ABC' ilike 'a%', 'ÉA' ilike 'é_', 'abc' not ilike 'A%', null like 'a', 'a' like null
select 'abc' like 'abc\'
select 'abc' like 'a%' escape 'xx'
select 'abcbc' like '%bc', 'aab' like '%ab', 'mississippi' like '%iss%pi', 'abc' like '%_%_%_%_', E'a\nb' like 'a_b', E'a\nb' like '%b'
select like_escape('a_b', '#'), like_escape('a\b', '')
select 'a' like any (array['b', 'a%']), 'a' not like all (array['b', 'c']), 'a' ilike any ('{A}'), 'a' like all ('{}')
select 'abc' similar to 'abc', 'abc' similar to 'a', 'abc' similar to '%(b|d)%', 'abc' similar to '(b|c)%', '-abc-' similar to '%\mabc\M%', 'xabcy' similar to '%\mabc\M%', 'aaa' similar to 'a{2,3}', 'a.c' similar to 'a.c', 'abc' similar to 'a.c', 'abc' similar to '_+', 'ab' similar to '[a-c]*', null similar to 'a'
select 'abc' not similar to 'a%', 'a%' similar to 'a#%' escape '#', 'a|b' similar to 'a\|b', 'ac' similar to 'ab?c', '' similar to '', 'a' similar to '[[:alpha:]]', 'a]' similar to 'a]'
select substring('foobar' similar '%#"o_b#"%' escape '#'), substring('foobar' from '#"o_b#"%' for '#'), substring('foobar' similar 'foo#"b%#"r' escape '#'), substring('abc' similar 'x#"y#"z' escape '#')
select substring('foobar' similar 'a#"b#"c#"d' escape '#')
select substring('foobar' similar 'x' escape '##')
select similar_to_escape('a%b_c'), similar_to_escape('a|b', '#'), similar_escape('x', null), similar_to_escape('[a%]_')
select 'abc' ~ 'b', 'abc' ~ '^b', 'abc' ~ 'c$', 'abc' ~* 'B', 'abc' !~ 'z', 'abc' !~* 'B', '' ~ '', 'abc' ~ '', null ~ 'a', 'a' ~ null
select 'abc' ~ 'a.c', 'a\nc' ~ 'a.c', E'a\nc' ~ 'a.c', E'a\nc' ~ 'a$', E'a\nc' ~ '(?n)a$', E'a\nc' ~ '(?n)^c', E'a\nc' ~ '(?w)^c', E'a\nc' ~ '(?p)a.c', E'a\nc' ~ '(?s)a.c'
select 'abc' ~ '\d', '123' ~ '^\d+$', 'a_1' ~ '^\w+$', ' ' ~ '\s', 'a' ~ '\D', 'a b' ~ '\ya\y', 'ab' ~ 'a\B', 'foo' ~ '\mfoo\M', 'foo' ~ '\Afoo\Z', E'foo\n' ~ 'foo\Z', 'é' ~ '\w', '日' ~ '\w', '٣' ~ '\d'
select 'a1' ~ '[[:digit:]]', 'A' ~ '[[:upper:]]', 'a' ~ '[[:lower:]]', '!' ~ '[[:punct:]]', 'é' ~ '[[:alpha:]]', ' ' ~ '[[:space:]]', 'f' ~ '[[:xdigit:]]', 'a' ~ '[^[:alpha:]]', 'a' ~ '[\d\w]', ']' ~ '[]]', '-' ~ '[a-]', '^' ~ '[a^]', '\' ~ '[\\]', 'a' ~ '[[.a.]]', 'a' ~ '[[=a=]]', 'word' ~ '[[:<:]]word[[:>:]]', 'x' ~ '[[:word:]]'
select 'ab' ~ 'a{1}b', 'aab' ~ 'a{2}', 'aab' ~ 'a{3}', 'aab' ~ 'a{1,}', 'aab' ~ '^a{0,1}b', 'abab' ~ '^(ab)+$', 'abab' ~ '^(?:ab){2}$', 'ac' ~ 'ab?c', 'ac' ~ 'ab*?c', 'a{b' ~ 'a{b', 'a{1' ~ 'a\{1'
select substring('foobar' from 'o.b'), substring('foobar' from 'o(.)b'), substring('foobar', 'z'), substring('foobar' from '(o)(.)b'), substring('abc' from '(?:a)(b)'), substring('abc', 'x?'), substring('abc', '(x)?b')
select regexp_match('foobarbequebaz', 'bar.*que'), regexp_match('foobarbequebaz', '(bar)(beque)'), regexp_match('abc', 'x'), regexp_match('abc', '(x)?b'), regexp_match('ABC', 'b', 'i'), (regexp_match('a=1', '(\w)=(\d)'))[2]
select regexp_match('abc', 'b', 'g')
select regexp_matches('foobarbequebazilbarfbonk', '(b[^b]+)(b[^b]+)', 'g')
select regexp_matches('abcabc', 'b.', 'g'), regexp_matches('abc', 'x')
select * from regexp_matches('a1b2', '([a-z])(\d)', 'g') with ordinality t(m, n)
select regexp_matches('aaa', 'a*?', 'g')
select regexp_replace('foobarbaz', 'b..', 'X'), regexp_replace('foobarbaz', 'b..', 'X', 'g'), regexp_replace('foobarbaz', 'b(..)', 'X\1Y', 'g'), regexp_replace('abc', '(b)', '[\&]'), regexp_replace('abc', 'b', '\\'), regexp_replace('abc', 'B', 'x', 'i'), regexp_replace('abc', 'b', ''), regexp_replace('abc', 'x', 'y'), regexp_replace('abc', '', '-', 'g'), regexp_replace('abc', 'b', '\2')
select regexp_replace('A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 0, 'i'), regexp_replace('A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 3, 'i'), regexp_replace('abcabc', 'b', 'X', 3), regexp_replace('abcabc', 'b', 'X', 1, 2), regexp_replace('abcabc', 'b', 'X', 1, 5)
select regexp_replace('a', 'a', 'b', 'z')
select regexp_replace('a', 'a', 'b', 0)
select regexp_replace('a', 'a', 'b', 1, -1)
select regexp_split_to_array('the quick  fox', '\s+'), regexp_split_to_array('abc', ''), regexp_split_to_array('', 'x'), regexp_split_to_array('a,b', ','), regexp_split_to_array('aXbxc', 'x', 'i'), regexp_split_to_array('abc', 'x'), regexp_split_to_array(',a,', ',')
select regexp_split_to_table('the quick fox', '\s+')
select * from regexp_split_to_table('abc', '') with ordinality
select regexp_split_to_array('a', 'b', 'g')
select regexp_count('ABCABCAXYaxy', 'A.'), regexp_count('ABCABCAXYaxy', 'A.', 1, 'i'), regexp_count('abc', ''), regexp_count('', 'x'), regexp_count('aaa', 'a', 2), regexp_count('abc', 'a', 10)
select regexp_count('a', 'a', 0)
select regexp_instr('abcabc', 'c'), regexp_instr('abcabc', 'c', 4), regexp_instr('abcabc', 'c', 1, 2), regexp_instr('abcabc', 'c', 1, 1, 1), regexp_instr('abcabc', '(b)(c)', 1, 1, 0, 'i', 2), regexp_instr('abc', 'x'), regexp_instr('abc', 'c', 1, 3)
select regexp_instr('a', 'a', 1, 0)
select regexp_instr('a', 'a', 1, 1, 2)
select regexp_instr('a', 'a', 1, 1, 0, '', -1)
select regexp_like('Hello', 'hello', 'i'), regexp_like('Hello', 'hello'), regexp_like(E'a\nb', '^b', 'n'), regexp_like('a', null)
select regexp_like('a', 'a', 'g')
select regexp_substr('number of your street, town zip, FR', '[^,]+', 1, 2), regexp_substr('ABCDEFGHI', '(c..)(...)', 1, 1, 'i', 2), regexp_substr('abc', 'x'), regexp_substr('abcabc', 'b.', 3), regexp_substr('abc', '(b)', 1, 1, '', 0)
select regexp_substr('abc', 'b', 1, 1, '', -1)
select 'a' ~ '('
select 'a' ~ ')'
select 'a' ~ '['
select 'a' ~ '[b-a]'
select 'a' ~ '*'
select 'a' ~ 'a**'
select 'a' ~ 'a{2,1}'
select 'a' ~ 'a{'
select 'a' ~ 'a{1'
select 'a' ~ 'a{256}'
select 'a' ~ '\'
select 'a' ~ '[[:nope:]]'
select 'a' ~ '(?z)a'
select 'a' ~ '\1'
select 'a' ~ '\u00e'
select 'ab' ~ 'a|', 'b' ~ 'a||b', 'abc' ~ '()', 'a' ~ '(|a)', 'a' ~ '(?:)'
select 'é' ~ '\u00e9', 'é' ~ '\xe9', E'\t' ~ '\t', 'a' ~ '\x61', 'A' ~ '\101', E'\a' ~ '\a', E'\x1b' ~ '\e', E'\x03' ~ '\cC'
select 'XY1234Z' ~ 'Y*([0-9]{1,3})', substring('XY1234Z', 'Y*([0-9]{1,3})'), substring('XY1234Z', 'Y*?([0-9]{1,3})'), substring('abcd01234xyz' from '(?:(.*?)(\d+)(.*)){1,1}'), regexp_match('abcd01234xyz', '(.*)(\d+)(.*)'), regexp_match('abcd01234xyz', '(.*?)(\d+)(.*)'), regexp_match('abcd01234xyz', '(?:(.*?)(\d+)(.*)){1,1}')
select regexp_match('aaab', 'a+?'), regexp_match('aaab', 'a+?b'), regexp_match('xaaab', '(a|ab)(c|bcd)?'), regexp_match('ab', 'a|ab'), regexp_match('foobar', '(foo|foobar)'), regexp_match('aXbX', '.*?X'), regexp_match('aXbX', '(.*?)X(.*)'), regexp_match('abcde', '(ab|a)(bcde|c)?')
select regexp_match('aabb', 'a*?b+'), regexp_match('<a><b>', '<.+?>'), regexp_match('aaaa', 'a{2,3}?'), regexp_match('aaaa', 'a{2,3}'), regexp_match('abab', '(?:ab)+?'), regexp_match('12ab', '\d+?[a-z]+')
select regexp_replace('The  Quick', '\s{2,}', ' '), regexp_replace('2020-01-02', '(\d+)-(\d+)-(\d+)', '\3/\2/\1'), regexp_replace('Aé日', '[^[:ascii:]]', '?', 'g'), regexp_replace('x', '(y)?x', '[\1]'), regexp_replace(E'a\nb', '^', '> ', 'g'), regexp_replace(E'a\nb', '^', '> ', 'gn')
select regexp_replace('aaa', 'a', 'b', 'gi'), regexp_replace('  trim  ', '^\s+|\s+$', '', 'g'), regexp_replace('abc', '(?i)B', 'x'), regexp_replace('a.b.c', '\.', '', 'g'), regexp_replace('foo', 'o$', '0'), regexp_replace('camelCaseString', '([a-z])([A-Z])', '\1_\2', 'g')
select 'ab' ~ '(?x) a b', 'a b' ~ '(?x) a\ b', 'ab' ~ '(?x)a # comment', 'ab' ~ 'a(?#comment)b', 'ab' ~ '(?t)ab', 'a.' ~ '[.]$', 'tab' ~ '\mt', 'ab' ~ '\Yb', '-' ~ '[\-]', 'a-b' ~ '^[\w-]+$'
select name ~ '^[A-M]', name ~* 'safety', count(*) from learnink.courses group by 1, 2 order by 1, 2
select 'abc' ~ 1
select 1 ~ 'a'
select 1 like '1'
select regexp_match(1, 'a')
select regexp_replace('a', 'b')
