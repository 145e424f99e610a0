// The peer go-sev-guest behind one line of JSON in and one out for each case (tests/peers/go_sev_guest_test.py). It is
// built for that test alone and is in nothing that we ship.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/kds"
	spb "github.com/google/go-sev-guest/proto/sevsnp"
	"github.com/google/go-sev-guest/validate"
	"github.com/google/go-sev-guest/verify"
	"github.com/google/go-sev-guest/verify/trust"
)

// question is one case. With amd, go-sev-guest judges the chain under AMD's roots that it carries itself. Without, its
// rules for AMD's names cannot hold, and the chain is judged by Go's crypto/x509 under the root that is given.
type question struct {
	Name        string   `json:"name"`
	Report      string   `json:"report"`
	Vcek        string   `json:"vcek"`
	Vlek        string   `json:"vlek"`
	Ask         []string `json:"ask"`
	Root        string   `json:"root"`
	Crl         string   `json:"crl"`
	Revocation  bool     `json:"revocation"`
	At          string   `json:"at"`
	Product     string   `json:"product"`
	Amd         bool     `json:"amd"`
	ReportData  string   `json:"report_data"`
	HostData    string   `json:"host_data"`
	Measurement string   `json:"measurement"`
	Chip        string   `json:"chip"`
	Vmpl        *int     `json:"vmpl"`
	NoSmt       bool     `json:"no_smt"`
	OneSocket   bool     `json:"single_socket"`
	Minimum     []uint8  `json:"minimum"` // bootloader, tee, snp, microcode
	Debug       bool     `json:"debug"`
}

func bytesOf(text string) []byte {
	if text == "" {
		return nil
	}
	out, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return out
}

type offline struct{}

func (offline) Get(string) ([]byte, error) { return nil, errors.New("nothing is fetched here") }

func parse(der []byte) (*x509.Certificate, error) {
	if der == nil {
		return nil, errors.New("a certificate is missing")
	}
	return x509.ParseCertificate(der)
}

// chainBelow is the part of verify that go-sev-guest does by Go's library, for roots that are not AMD's.
func chainBelow(q *question, leaf *x509.Certificate, at time.Time) error {
	root, err := parse(bytesOf(q.Root))
	if err != nil {
		return err
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root)
	for _, text := range q.Ask {
		ask, err := parse(bytesOf(text))
		if err != nil {
			return err
		}
		between.AddCert(ask)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return err
	}
	if !q.Revocation {
		return nil
	}
	if q.Crl == "" {
		return errors.New("no revocation list")
	}
	list, err := x509.ParseRevocationList(bytesOf(q.Crl))
	if err != nil {
		return err
	}
	for _, chain := range chains {
		pair := &trust.AMDRootCerts{ProductLine: q.Product, ProductCerts: &trust.ProductCerts{Ark: root, Ask: chain[1]}, CRL: list}
		if err := verify.VcekNotRevoked(pair, leaf, &verify.Options{Getter: offline{}, Now: at}); err != nil {
			return err
		}
	}
	return nil
}

func answer(q *question) error {
	report, err := abi.ReportToProto(bytesOf(q.Report))
	if err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, q.At)
	if err != nil {
		return err
	}
	chain := &spb.CertificateChain{VcekCert: bytesOf(q.Vcek), VlekCert: bytesOf(q.Vlek), ArkCert: bytesOf(q.Root)}
	if len(q.Ask) > 0 {
		chain.AskCert = bytesOf(q.Ask[0])
	}
	attestation := &spb.Attestation{Report: report, CertificateChain: chain}
	if q.Amd {
		options := &verify.Options{DisableCertFetching: true, Now: at}
		if q.Product != "" {
			if options.Product, err = kds.ParseProductLine(q.Product); err != nil {
				return err
			}
		}
		if q.Vlek != "" { // the authority of VLEKs is not among those that it carries: it is given, as its callers must
			ark, err := parse(bytesOf(q.Root))
			if err != nil {
				return err
			}
			asvk, err := parse(chain.AskCert)
			if err != nil {
				return err
			}
			line := kds.ProductLineFromFms(report.GetCpuid1EaxFms())
			options.TrustedRoots = map[string][]*trust.AMDRootCerts{
				line: {{ProductLine: line, ProductCerts: &trust.ProductCerts{Ark: ark, Asvk: asvk}}}}
		}
		if err := verify.SnpAttestation(attestation, options); err != nil {
			return err
		}
	} else {
		info, err := abi.ParseSignerInfo(report.GetSignerInfo())
		if err != nil {
			return err
		}
		der := chain.VcekCert
		if info.SigningKey == abi.VlekReportSigner {
			der = chain.VlekCert
		}
		leaf, err := parse(der)
		if err != nil {
			return err
		}
		if err := chainBelow(q, leaf, at); err != nil {
			return err
		}
		if err := verify.SnpProtoReportSignature(report, leaf); err != nil {
			return err
		}
	}
	options := &validate.Options{GuestPolicy: abi.SnpPolicy{SMT: !q.NoSmt, SingleSocket: q.OneSocket, CXLAllowed: true, Debug: q.Debug},
		ReportData: bytesOf(q.ReportData), HostData: bytesOf(q.HostData), Measurement: bytesOf(q.Measurement), ChipID: bytesOf(q.Chip),
		VMPL: q.Vmpl, PermitProvisionalFirmware: true}
	if len(q.Minimum) == 4 {
		least := kds.TCBParts{BlSpl: q.Minimum[0], TeeSpl: q.Minimum[1], SnpSpl: q.Minimum[2], UcodeSpl: q.Minimum[3]}
		options.MinimumTCB, options.MinimumLaunchTCB = least, least
	}
	return validate.SnpAttestation(attestation, options)
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<24)
	for in.Scan() {
		var q question
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		said := map[string]string{"name": q.Name, "verdict": "accepted"}
		func() {
			defer func() {
				if caught := recover(); caught != nil {
					said["verdict"], said["why"] = "panic", fmt.Sprint(caught)
				}
			}()
			if err := answer(&q); err != nil {
				said["verdict"], said["why"] = "refused", err.Error()
			}
		}()
		line, _ := json.Marshal(said)
		fmt.Println(string(line))
	}
}
