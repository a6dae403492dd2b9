package rest

import (
	"crypto/subtle"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/gotera/gotera/core/authority"
	"github.com/gotera/gotera/core/store"
)

var deviceRegisterArguments = []param{
	{name: "key", kind: text, required: true, help: "Server device registration key"},
	{name: "name", kind: text, required: true, help: "Device name to use"},
	{name: "type_key", kind: text, required: true, help: "Device type key to use"},
	{name: "subtype_name", kind: text, help: "Device subtype name to use"},
	{name: "onlineable", kind: boolean, help: "Device can get online status"},
}

var deviceRegisterIn = params{
	strict: true, doc: "Registers a device that will log in by its token. It stays disabled until an administrator enables it. At most one request per second and address.",
	list: deviceRegisterArguments,
}

var deviceRegisterPostIn = params{
	strict: true, doc: "Registers a device that will log in by a certificate, made for the certificate signing request (PEM, application/octet-stream) in the body. It stays disabled until an administrator enables it. At most one request per second and address.",
	list: deviceRegisterArguments, media: "application/octet-stream",
}

func (a *API) getDeviceRegister(c *call) (any, error) {
	if err := a.checkRegistration(c); err != nil {
		return nil, err
	}
	return a.registerDevice(c, &store.Device{})
}

// maxRequest bounds a certificate signing request, in bytes.
const maxRequest = 64 << 10

func (a *API) postDeviceRegister(c *call) (any, error) {
	if err := a.checkRegistration(c); err != nil {
		return nil, err
	}
	if c.Request.Header.Get("Content-Type") != "application/octet-stream" {
		return nil, fail(http.StatusBadRequest, "Invalid content type")
	}
	request, err := c.readBody()
	if err != nil {
		return nil, err
	}
	d := &store.Device{UUID: uuid.NewString()}
	certificate, ca, err := a.cfg.Authority.Sign(request[:min(len(request), maxRequest)], d.UUID)
	switch {
	case errors.Is(err, authority.ErrSignature):
		return nil, fail(http.StatusBadRequest, "Invalid CSR signature")
	case errors.Is(err, authority.ErrRequest):
		return nil, fail(http.StatusBadRequest, "Invalid CSR")
	case err != nil:
		return nil, err
	}
	d.Certificate = &certificate
	reply, err := a.registerDevice(c, d)
	if err != nil {
		return nil, err
	}
	reply["device_certificate"], reply["ca_info"] = certificate, ca
	return reply, nil
}

// maxRegisteredName bounds what anybody with the key may write, in bytes.
const maxRegisteredName = 255

func (a *API) checkRegistration(c *call) error {
	key, err := a.store.Setting(c.ctx(), store.SettingDeviceRegisterKey)
	if err != nil {
		return err
	}
	if key == "" || subtle.ConstantTimeCompare([]byte(key), []byte(c.args.text("key"))) != 1 {
		return fail(http.StatusUnauthorized, "Invalid registration key")
	}
	for _, name := range []string{"name", "type_key", "subtype_name"} {
		if len(c.args.text(name)) > maxRegisteredName {
			return failArgument(name, "is too long")
		}
	}
	return nil
}

// registerDevice stores d, disabled and without a site, with its type and subtype, which are made when they are new.
func (a *API) registerDevice(c *call, d *store.Device) (store.Object, error) {
	write := func(tx *store.Tx) error {
		kind, err := registeredType(c, tx)
		if err != nil {
			return err
		}
		d.Name, d.TypeID, d.Onlineable = c.args.text("name"), kind.ID, c.args.bool("onlineable")
		if d.SubtypeID, err = registeredSubtype(c, tx, kind.ID); err != nil {
			return err
		}
		return tx.Insert(c.ctx(), d)
	}
	err := a.store.Write(c.ctx(), write)
	if _, twice := errors.AsType[*store.DuplicateError](err); twice {
		err = a.store.Write(c.ctx(), write) // another device has brought the same type just now
	}
	if err != nil {
		return nil, stored(err)
	}
	a.log.Info("device registered", "uuid", d.UUID, "certificate", d.Certificate != nil)
	reply, err := store.JSONOf(c.ctx(), a.store, store.Min, d)
	if err != nil {
		return nil, err
	}
	for _, id := range []string{"id_device", "id_device_type", "id_device_subtype"} {
		delete(reply, id)
	}
	reply["device_token"] = d.Token
	return reply, nil
}

func registeredType(c *call, tx *store.Tx) (*store.DeviceType, error) {
	key := c.args.text("type_key")
	kind, err := tx.DeviceTypeByKey(c.ctx(), key)
	if errors.Is(err, store.ErrNotFound) {
		kind = &store.DeviceType{Key: key, Name: key}
		err = tx.Insert(c.ctx(), kind)
	}
	return kind, err
}

func registeredSubtype(c *call, tx *store.Tx, kind int) (*int, error) {
	name := c.args.text("subtype_name")
	if name == "" {
		return nil, nil
	}
	sub, err := tx.DeviceSubtypeByName(c.ctx(), kind, name)
	if errors.Is(err, store.ErrNotFound) {
		sub = &store.DeviceSubtype{TypeID: kind, Name: name}
		err = tx.Insert(c.ctx(), sub)
	}
	if err != nil {
		return nil, err
	}
	return &sub.ID, nil
}
