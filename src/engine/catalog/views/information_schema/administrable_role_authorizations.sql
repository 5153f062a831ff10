select a.grantee, a.role_name, a.is_grantable from information_schema.applicable_roles a where a.is_grantable = 'YES'
