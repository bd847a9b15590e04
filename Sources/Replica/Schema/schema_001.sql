PRAGMA application_id = 1398034500;
