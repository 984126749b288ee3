-- failure_classes: Failed attempts of the last day by the class of the error.
select * from failure_class order by n desc, error_class, task
