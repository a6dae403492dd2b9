package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gotera/gotera/core/store"
)

// The version of OpenTera whose interfaces this server has: what clients compare.
const versionMajor, versionMinor, versionPatch = 1, 3, 0

// writeVersions brings the ServerVersions setting up to date (core.md 11.4): the server's own fields are replaced,
// those of clients are kept, and OpenTeraPlus gets an entry if it has none.
func (s *server) writeVersions(ctx context.Context) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(ctx, store.SettingServerVersions)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		versions := map[string]any{}
		if text != "" && json.Unmarshal([]byte(text), &versions) != nil {
			s.log.Warn("the ServerVersions setting is malformed, making a new one")
			versions = map[string]any{}
		}
		versions["version_string"] = fmt.Sprintf("OpenTera_v%d.%d.%d", versionMajor, versionMinor, versionPatch)
		versions["version_major"], versions["version_minor"], versions["version_patch"] = versionMajor, versionMinor, versionPatch
		clients, _ := versions["clients"].(map[string]any)
		if clients == nil {
			clients = map[string]any{}
		}
		if clients["OpenTeraPlus"] == nil {
			clients["OpenTeraPlus"] = map[string]any{
				"client_name": "OpenTeraPlus", "client_description": "OpenTeraPlus Qt Client", "client_version": "1.0.0",
				"client_documentation_url": "", "client_windows_download_url": "", "client_mac_download_url": "", "client_linux_download_url": "",
			}
		}
		versions["clients"] = clients
		raw, err := json.Marshal(versions)
		if err != nil {
			return err
		}
		return tx.SetSetting(ctx, store.SettingServerVersions, string(raw))
	})
}
