package core

// Kind tells what an account is. The words are those of topics and URLs (core.md 8.2).
type Kind string

const (
	KindUser        Kind = "user"        // clinician or staff
	KindParticipant Kind = "participant" // patient
	KindDevice      Kind = "device"
	KindService     Kind = "service"
)

// Keys of the services that the server creates by itself (core.md 9.2).
const (
	ServiceOpenTera     = "OpenTeraServer"
	ServiceLogging      = "LoggingService"
	ServiceFileTransfer = "FileTransferService"
	ServiceEmail        = "EmailService"
	ServiceVideoRehab   = "VideoRehabService"
)

// Names of the roles that the server itself gives a meaning (core.md 5.1).
const (
	RoleAdmin = "admin"
	RoleUser  = "user"
)
