package core

// SessionStatus is t_sessions.session_status (core.md 1.7).
type SessionStatus int

const (
	SessionNotStarted SessionStatus = 0
	SessionInProgress SessionStatus = 1
	SessionCompleted  SessionStatus = 2
	SessionCancelled  SessionStatus = 3
	SessionTerminated SessionStatus = 4
)

// SessionEventType is t_sessions_events.id_session_event_type (core.md 1.7). 100 to 109 are custom events.
type SessionEventType int

const (
	EventGeneralError       SessionEventType = 0
	EventGeneralInfo        SessionEventType = 1
	EventGeneralWarning     SessionEventType = 2
	EventSessionStart       SessionEventType = 3
	EventSessionStop        SessionEventType = 4
	EventDeviceOnCharge     SessionEventType = 5
	EventDeviceOffCharge    SessionEventType = 6
	EventDeviceLowBattery   SessionEventType = 7
	EventDeviceStorageLow   SessionEventType = 8
	EventDeviceStorageFull  SessionEventType = 9
	EventDevice             SessionEventType = 10
	EventUser               SessionEventType = 11
	EventSessionJoin        SessionEventType = 12
	EventSessionLeave       SessionEventType = 13
	EventSessionJoinRefused SessionEventType = 14
	EventCustomFirst        SessionEventType = 100
	EventCustomLast         SessionEventType = 109
)

// SessionCategory is t_sessions_types.session_type_category (core.md 1.7).
type SessionCategory int

const (
	CategoryService      SessionCategory = 1
	CategoryDataCollect  SessionCategory = 2
	CategoryFileTransfer SessionCategory = 3
	CategoryProtocol     SessionCategory = 4
)

// TestStatus is t_tests.test_status (core.md 1.7).
type TestStatus int

const (
	TestIncomplete TestStatus = 0
	TestInProgress TestStatus = 1
	TestCompleted  TestStatus = 2
)

// Change is what happened to a row; the values are those of opentera.DatabaseEvent (core.md 1.9). A soft delete is an
// update whose JSON holds deleted_at.
type Change int

const (
	Created Change = 1
	Updated Change = 2
	Deleted Change = 3
)
