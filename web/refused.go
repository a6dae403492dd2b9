package web

import (
	"embed"
	"html/template"
	"net/http"
	"strings"
)

// Reason says why a page is refused; each has its own text in both languages.
type Reason string

// Reasons.
const (
	BadLink     Reason = "link"        // the key is missing, wrong or not (any more) that of an invitee
	NotFound    Reason = "not_found"   // no such page
	NotBuilt    Reason = "not_built"   // the front-end was not built
	Unavailable Reason = "unavailable" // the session's room or the service does not answer; the page tries again by itself
)

// words are the texts of one refusal: what happened, what the person should do, the cause.
type words struct{ Title, Action, Cause string }

var refusals = map[Reason]map[string]words{
	BadLink: {
		"en": {"This link does not open a session", "Ask the person who invited you for a new link. If you copied the link, check that it is complete.",
			"The session may be over, or you may have been taken off its list."},
		"fr": {"Ce lien n’ouvre aucune séance", "Demandez un nouveau lien à la personne qui vous a invité. Si vous avez copié le lien, vérifiez qu’il est complet.",
			"La séance est peut-être terminée, ou vous ne faites plus partie des personnes invitées."},
	},
	NotFound: {
		"en": {"There is no page here", "Check the address, or open again the link that you were given.", "Nothing is served at this address."},
		"fr": {"Il n’y a aucune page ici", "Vérifiez l’adresse, ou ouvrez de nouveau le lien que vous avez reçu.", "Aucune page n’existe à cette adresse."},
	},
	NotBuilt: {
		"en": {"The pages are not installed", "Tell the person who runs this server: front end not built, run make build.", "The program was built without its pages."},
		"fr": {"Les pages ne sont pas installées", "Avertissez la personne qui gère ce serveur : front end not built, run make build.", "Le programme a été construit sans ses pages."},
	},
	Unavailable: {
		"en": {"The session is not ready yet", "Please wait: this page tries again every few seconds.", "The server does not answer at the moment."},
		"fr": {"La séance n’est pas encore prête", "Veuillez patienter : cette page réessaie toutes les quelques secondes.", "Le serveur ne répond pas pour le moment."},
	},
}

//go:embed refused.html
var refusedFile embed.FS

var refusedPage = template.Must(template.ParseFS(refusedFile, "refused.html"))

// Refused answers with a plain page that says, in the person's language (query parameter lang, then Accept-Language),
// what to do. An unknown reason is taken from status.
func Refused(w http.ResponseWriter, r *http.Request, status int, reason Reason) {
	texts, ok := refusals[reason]
	if !ok {
		texts = refusals[reasonOf(status)]
	}
	lang := language(r)
	pageHeaders(w.Header())
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	retry := 0
	if reason == Unavailable {
		retry = 3
	}
	refusedPage.Execute(w, struct { //nolint:errcheck // the client has gone
		words
		Lang          string
		Status, Retry int
	}{texts[lang], lang, status, retry})
}

func reasonOf(status int) Reason {
	switch status {
	case http.StatusForbidden, http.StatusUnauthorized, http.StatusGone:
		return BadLink
	case http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		return Unavailable
	default:
		return NotFound
	}
}

// language is "fr" or "en": the query parameter lang, else the first of the two that Accept-Language names, else "en".
func language(r *http.Request) string {
	wishes := append([]string{r.URL.Query().Get("lang")}, strings.Split(r.Header.Get("Accept-Language"), ",")...)
	for _, wish := range wishes {
		code := strings.ToLower(strings.TrimSpace(wish))
		if len(code) >= 2 && (code[:2] == "fr" || code[:2] == "en") {
			return code[:2]
		}
	}
	return "en"
}
