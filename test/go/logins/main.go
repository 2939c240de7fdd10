// Runs log-ins with franz-go. Each argument is a case: its name and settings (key=value), with tabs
// between; each line of stdout says how it went: name, seconds, error (none: it logged in).
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

const patience = 8 * time.Second

func main() {
	var running sync.WaitGroup
	var printing sync.Mutex
	for _, argument := range os.Args[1:] {
		name, settings := parse(argument)
		running.Add(1)
		go func() {
			defer running.Done()
			begin := time.Now()
			outcome := ""
			if err := login(settings); err != nil {
				outcome = strings.ReplaceAll(err.Error(), "\n", " ")
			}
			printing.Lock()
			defer printing.Unlock()
			fmt.Printf("%s\t%.3f\t%s\n", name, time.Since(begin).Seconds(), outcome)
		}()
	}
	running.Wait()
}

func parse(argument string) (string, map[string]string) {
	parts := strings.Split(argument, "\t")
	settings := map[string]string{}
	for _, part := range parts[1:] {
		key, value, _ := strings.Cut(part, "=")
		settings[key] = value
	}
	return parts[0], settings
}

func login(settings map[string]string) error {
	options := []kgo.Opt{kgo.SeedBrokers(settings["broker"]), kgo.RequestRetries(0)}
	if ca, ok := settings["ca"]; ok {
		config, err := tlsConfig(ca, settings["certificate"], settings["key"])
		if err != nil {
			return err
		}
		options = append(options, kgo.DialTLSConfig(config))
	}
	if mechanism := mechanismOf(settings); mechanism != nil {
		options = append(options, kgo.SASL(mechanism))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return client.Ping(ctx)
}

func tlsConfig(ca, certificate, key string) (*tls.Config, error) {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM(pem)
	if certificate == "" {
		return config, nil
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	// Shown to whoever asks, also where the authorities that the broker names are others.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	return config, err
}

func mechanismOf(settings map[string]string) sasl.Mechanism {
	user, password := settings["user"], settings["password"]
	auth := scram.Auth{User: user, Pass: password, IsToken: settings["isToken"] == "true"}
	switch settings["mechanism"] {
	case "PLAIN":
		return plain.Auth{User: user, Pass: password}.AsMechanism()
	case "SCRAM-SHA-256":
		return auth.AsSha256Mechanism()
	case "SCRAM-SHA-512":
		return auth.AsSha512Mechanism()
	case "OAUTHBEARER":
		return oauth.Auth{Token: settings["token"]}.AsMechanism()
	default:
		return nil
	}
}
