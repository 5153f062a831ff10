-- Ranges and multiranges (chapters 8.17, 9.20).
select int4range('a', 5)
select lower(5)
set datestyle = 'German'
reset datestyle
set timezone = 'America/New_York'
reset timezone
