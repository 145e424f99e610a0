module glovebox.test/peer

go 1.21

require (
	github.com/google/go-tdx-guest v0.3.1
	google.golang.org/protobuf v1.33.0
)

require (
	github.com/google/logger v1.1.1 // indirect
	go.uber.org/multierr v1.11.0 // indirect
	golang.org/x/crypto v0.17.0 // indirect
)
