select name, statement, is_holdable, is_binary, is_scrollable, creation_time
from pg_catalog.pg_cursor()
