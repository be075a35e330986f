-- Why an item is neither pass, fail nor notapplicable, in words. They may come from the endpoint, made printable.
ALTER TABLE compliance_items ADD COLUMN reason text;
