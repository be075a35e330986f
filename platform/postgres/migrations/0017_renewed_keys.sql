-- A key that its owner extended or signed anew takes the place of the stored one. The API may do no more than that with
-- the column: one row at a time, only what it has read before, and whoever reads a key compares its fingerprint, which
-- nobody changes.
CREATE FUNCTION renew_public_key(investigator numeric, stored bytea, renewed bytea)
  RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE public.investigators
  SET publickey = renewed,
    lastmodified = now()
  WHERE id = investigator
    AND publickey = stored
    AND pgpfingerprint IS NOT NULL
    AND renewed IS NOT NULL;
  RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION renew_public_key(numeric, bytea, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION renew_public_key(numeric, bytea, bytea) TO migapi;
