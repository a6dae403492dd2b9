package signal

// ConnectivityOffer is the body of POST /rehab/api/connectivity: an SDP offer of one data channel section. Candidates in
// it are ignored.
type ConnectivityOffer struct {
	Offer string `json:"offer"`
}

// ConnectivityAnswer is what GET and POST /rehab/api/connectivity answer. The ICE servers lead to the echo peer and to
// nothing else.
type ConnectivityAnswer struct {
	Answer     string      `json:"answer,omitempty"` // SDP with all candidates; only of POST
	ICEServers []ICEServer `json:"iceServers"`
}
