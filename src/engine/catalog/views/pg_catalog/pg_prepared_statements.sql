select name, statement, prepare_time, parameter_types, from_sql, generic_plans, custom_plans
from pg_catalog.pg_prepared_statement()
