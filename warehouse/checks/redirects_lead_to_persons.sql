-- A redirect leads from an id that no person has to one that a person of that name has.
-- changed: person_redirects, persons by author_id
-- rows: person_redirects
select
    person_redirects.retired_person_id,
    person_redirects.person_id
from person_redirects
left join persons using (person_id)
left join persons as current on current.person_id = person_redirects.retired_person_id
where
    persons.author_id is distinct from person_redirects.author_id
    or current.person_id is not null
