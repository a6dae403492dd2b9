package rest

import (
	"net/http"

	"github.com/gotera/gotera/core/store"
)

// userSessionTypesServices: the secondary services of session types. A service that becomes one is offered wherever the
// session type is.
var userSessionTypesServices = association[store.SessionTypeService]{
	model: "session_type_service", doc: "session types and their secondary services", leftOnly: true, unknown: http.StatusNotFound,
	left: end{
		entity: sessionTypeEntity, list: "sessiontypes", refusal: "Access denied", echoes: true, blocked: http.StatusBadRequest,
		owns: sessionTypeEntity.administered, joins: sessionTypeEntity.administered,
	},
	right: end{
		entity: namesOfServices(), list: "services", with: "with_services", refusal: "Access denied",
		owns: serviceEntity.administered, joins: serviceEntity.administered,
	},
	inUse: map[string]string{"t_sessions": "Can't remove the service from the session type: there are sessions of it."},
}

// namesOfServices shows of services their names alone.
func namesOfServices() entity {
	return entityOf("service", func(s *store.Service) int { return s.ID },
		func(s *store.Service) store.Object { return store.Object{"service_name": s.Name} })
}
