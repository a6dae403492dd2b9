package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gotera/gotera/configs"
	"github.com/gotera/gotera/core/server"
)

// core runs TeraServer alone, on the database and the Redis of its configuration.
func core(ctx context.Context, args []string) error {
	fs := flags("core")
	file := fs.String("config", os.Getenv("OPENTERA_CONFIG_PATH"), "configuration file, in the shape of TeraServerConfig.ini")
	tests := testSwitch(fs)
	testData := fs.Bool("create_defaults", false, "test defaults on an empty database; never in production")
	demo := fs.Bool("demo", false, "seed demonstration accounts and print their tokens")
	ports := servicePorts{}
	fs.Var(ports, "service-port", "KEY=PORT: the port registered for a service (may be given several times)")
	python := pythonServices{}
	fs.StringVar(&python.dir, "python-services", "", "OpenTera's directory teraserver/python: its system services are started from there and kept running")
	fs.StringVar(&python.exe, "python", "python3", "interpreter of the Python services")
	fs.Var(&python.without, "without-service", "KEY: a service that is not started from there (may be given several times)")
	verbose := fs.Bool("verbose", false, "log more")
	if err := parse(fs, withTexts(args, "enable_tests", "create_defaults")); err != nil {
		return err
	}
	cfg, err := configs.LoadCore(*file)
	if err != nil {
		return err
	}
	log := logger(*verbose)
	python.tests = *tests
	running, stopServices := context.WithCancel(ctx)
	var services sync.WaitGroup
	defer services.Wait()
	defer stopServices()
	return server.Run(ctx, server.Config{
		Core: cfg, Tests: *tests, TestData: *testData, Demo: *demo, ServicePorts: ports, Log: log,
		OnStarted: func(s server.Started) {
			for key, c := range python.children(s.SystemServices, log) {
				services.Go(func() { _ = c.keepRunning(running, log.With("service", key)) })
			}
			if s.AdminPassword != "" {
				fmt.Printf("first start: user \"admin\", password %s (shown once; it must be changed at the first login)\n", s.AdminPassword)
			}
			if d := s.Demo; d != nil {
				fmt.Printf("clinician %s / %s\n", d.Username, d.Password)
				for _, p := range d.Participants {
					fmt.Printf("participant %s\t/rehab/participant?token=%s\n", p.Name, p.Token)
				}
				for _, dev := range d.Devices {
					fmt.Printf("device %s\t%s\n", dev.Name, dev.Token)
				}
			}
		},
	})
}

// testSwitch is the flag --enable_tests. OpenTera takes any text for yes, also 0 and false.
func testSwitch(fs *flag.FlagSet) *bool {
	return fs.Bool("enable_tests", false, "test defaults on an empty database and the test reset endpoint; never in production")
}

// withTexts joins the named switches with the text after them: TeraServer takes "--name text" as well as "--name=text".
func withTexts(args []string, names ...string) []string {
	var joined []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		name := strings.TrimLeft(arg, "-")
		if name != arg && slices.Contains(names, name) && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			i++
			arg += "=" + args[i]
		}
		joined = append(joined, arg)
	}
	return joined
}

// servicePorts is the flag --service-port.
type servicePorts map[string]int

func (p servicePorts) String() string { return "" }

func (p servicePorts) Set(text string) error {
	key, port, ok := strings.Cut(text, "=")
	n, err := strconv.Atoi(port)
	if !ok || key == "" || err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%q is not KEY=PORT", text)
	}
	p[key] = n
	return nil
}
