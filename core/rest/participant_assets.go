package rest

import "github.com/gotera/gotera/core/store"

var participantAssetsIn = params{doc: "Lists the participant's assets: all, one, or those of a session that they created. With limited access only one or those of a session, without tokens or URLs.", list: ownAssetsParams}

func (a *API) getParticipantAssets(c *call) (any, error) {
	if !c.id.Full {
		if c.args.int("id_session") == 0 && c.args.int("id_asset") == 0 && c.args.text("asset_uuid") == "" {
			return nil, errForbidden
		}
		delete(c.args, "with_urls")
		delete(c.args, "with_only_token")
	}
	assets, err := a.listOwnAssets(c, func(s *store.Session) bool {
		return s.CreatorParticipantID != nil && *s.CreatorParticipantID == c.id.Participant.ID
	})
	if err != nil {
		return nil, err
	}
	urls, err := c.accessibleURLs()
	if err != nil {
		return nil, err
	}
	return a.assetObjects(c, assets, store.Full, urls)
}
