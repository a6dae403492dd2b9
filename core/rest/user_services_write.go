package rest

import (
	"net/http"
	"slices"

	"github.com/gotera/gotera/core"
	"github.com/gotera/gotera/core/store"
)

var userServicesPostIn = params{body: "service", doc: "Creates a service (id 0) or changes one; super-administrators only. The list roles replaces its roles."}

func (a *API) postUserServices(c *call) (any, error) {
	if err := c.superAdmin(); err != nil {
		return nil, err
	}
	o, err := c.wrapped("service", "Missing service")
	if err != nil {
		return nil, err
	}
	id, err := o.id("id_service")
	if err != nil {
		return nil, err
	}
	if err := checkService(c, id, o); err != nil {
		return nil, err
	}
	roles, err := o.objects("roles")
	if err != nil {
		return nil, err
	}
	setRoles := o["roles"] != nil
	delete(o, "roles")
	var s *store.Service
	err = c.write(func(tx *store.Tx) error {
		if s, err = save[store.Service](c, tx, id, o); err != nil || !setRoles {
			return err
		}
		return setServiceRoles(c, tx, s.ID, roles)
	})
	return c.saved(s, err)
}

// checkService refuses to change the OpenTera server itself, and a configuration schema that is none.
func checkService(c *call, id int, o object) error {
	if o["service_default_config"] != nil {
		text, err := configText(o["service_default_config"])
		if err != nil {
			return err
		}
		if _, err := configSchema(&text); err != nil {
			return errBadSchema
		}
		o["service_default_config"] = text
	}
	if id == 0 {
		if !o.has("service_key") {
			return fail(http.StatusBadRequest, "Missing service_key")
		}
		return nil
	}
	s, err := find[store.Service](c, id, errForbidden)
	if err == nil && s.Key == core.ServiceOpenTera {
		err = fail(http.StatusForbidden, "OpenTera service can't be updated using this API")
	}
	return err
}

// setServiceRoles makes roles the roles of a service: those with id 0 are new, those that are not listed go. A role of
// another service is refused.
func setServiceRoles(c *call, tx *store.Tx, service int, roles []object) error {
	rows, err := store.Rows[store.ServiceRole](c.ctx(), tx, store.Everything(), store.Columns{"id_service": service})
	if err != nil {
		return err
	}
	have := idsOf(rows, func(r *store.ServiceRole) int { return r.ID })
	kept := map[int]bool{}
	for _, o := range roles {
		id, err := o.id("id_service_role")
		if err != nil {
			return err
		}
		if id != 0 && !slices.Contains(have, id) {
			return fail(http.StatusBadRequest, "Role is not of this service")
		}
		kept[id] = true
		role := object{"service_role_name": o["service_role_name"]}
		if id == 0 {
			role["id_service"] = service
		} else if !o.has("service_role_name") {
			continue
		}
		if _, err := save[store.ServiceRole](c, tx, id, role); err != nil {
			return err
		}
	}
	for _, row := range rows {
		if !kept[row.ID] {
			if err := tx.Delete(c.ctx(), row); err != nil {
				return err
			}
		}
	}
	return nil
}

var userServicesDeleteIn = params{doc: "Deletes a service that is no system service and has no data; super-administrators only.", list: []param{
	{name: "id", kind: integer, help: "Service ID to delete", required: true},
}}

func (a *API) deleteUserServices(c *call) (any, error) {
	if err := c.superAdmin(); err != nil {
		return nil, err
	}
	s, err := find[store.Service](c, c.args.int("id"), fail(http.StatusBadRequest, "Invalid service"))
	if err != nil {
		return nil, err
	}
	if s.System {
		return nil, errForbidden
	}
	const text = "Can't delete service: please delete all sessions, assets and tests related to that service beforehand."
	return "", deleteRow[store.Service](c, s.ID, map[string]string{"t_sessions": text, "t_tests": text, "t_assets": text})
}
