// The peer go-tdx-guest behind one line of JSON in and one out for each case (tests/peers/go_tdx_guest_test.py). It is
// built for that test alone and is in nothing that we ship.
package main

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/google/go-tdx-guest/abi"
	pb "github.com/google/go-tdx-guest/proto/tdx"
	"github.com/google/go-tdx-guest/validate"
	"github.com/google/go-tdx-guest/verify"
)

// question is one case. Collateral is given as Intel's service would answer; nothing is fetched.
type question struct {
	Name       string     `json:"name"`
	Quote      string     `json:"quote"`
	Root       string     `json:"root"`     // DER
	Intel      bool       `json:"intel"`    // under Intel's root, which it carries itself
	Signer     string     `json:"signer"`   // DER, of who signs documents
	Tcb        string     `json:"tcb"`      // JSON, TCB info
	Identity   string     `json:"identity"` // JSON, of the quoting enclave
	Lists      []string   `json:"lists"`    // DER
	Revocation bool       `json:"revocation"`
	Documents  bool       `json:"documents"`
	At         string     `json:"at"`
	ReportData string     `json:"report_data"`
	ConfigID   string     `json:"config_id"`
	MrTd       string     `json:"mr_td"`
	Rtmrs      [][]string `json:"rtmrs"` // each version's four, "" for one that is not looked at
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

// service answers as Intel's does, from what the case brings.
type service struct{ q *question }

// lowerFmspc adds the FMSPC in small letters beside what is signed. It compares that number as text with what it wrote
// itself, and Intel's service writes it in capitals: without this no document of a platform with a letter in it passes.
func lowerFmspc(text string) []byte {
	var read struct {
		TcbInfo struct {
			Fmspc string `json:"fmspc"`
		} `json:"tcbInfo"`
	}
	body := strings.TrimRight(text, " \r\n")
	if json.Unmarshal([]byte(body), &read) != nil || read.TcbInfo.Fmspc == "" {
		return []byte(text)
	}
	return []byte(strings.TrimSuffix(body, "}") + `,"TCBINFO":{"fmspc":"` + strings.ToLower(read.TcbInfo.Fmspc) + `"}}`)
}

func (s service) Get(address string) (map[string][]string, []byte, error) {
	chain := func(key string) map[string][]string {
		var out bytes.Buffer
		for _, der := range []string{s.q.Signer, s.q.Root} {
			_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: bytesOf(der)})
		}
		return map[string][]string{key: {url.QueryEscape(out.String())}}
	}
	switch {
	case strings.Contains(address, "/tcb?") && s.q.Tcb != "" && s.q.Signer != "":
		return chain("Tcb-Info-Issuer-Chain"), lowerFmspc(s.q.Tcb), nil
	case strings.Contains(address, "/qe/identity") && s.q.Identity != "" && s.q.Signer != "":
		return chain("Sgx-Enclave-Identity-Issuer-Chain"), []byte(s.q.Identity), nil
	}
	return nil, nil, errors.New("nothing is there")
}

// notRevoked is what verify does with lists, for roots that do not say where theirs is found, as test roots do not:
// there it would look nowhere.
func notRevoked(q *question, quote *pb.QuoteV4, at time.Time) error {
	rest := quote.GetSignedData().GetCertificationData().GetQeReportCertificationData().GetPckCertificateChainData().GetPckCertChain()
	var chain []*x509.Certificate
	for len(chain) < 3 {
		block, more := pem.Decode(rest)
		if block == nil {
			return errors.New("no chain of three")
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return err
		}
		chain, rest = append(chain, one), more
	}
	var signer *x509.Certificate
	if q.Signer != "" {
		var err error
		if signer, err = x509.ParseCertificate(bytesOf(q.Signer)); err != nil {
			return err
		}
	}
	for i, below := range [][]*x509.Certificate{{chain[0]}, {chain[1], signer}} {
		issuer := chain[i+1]
		found := false
		for _, text := range q.Lists {
			list, err := x509.ParseRevocationList(bytesOf(text))
			if err != nil {
				return err
			}
			if list.Issuer.String() != issuer.Subject.String() {
				continue
			}
			if err := list.CheckSignatureFrom(issuer); err != nil {
				return err
			}
			if at.After(list.NextUpdate) { // as checkCollateralExpiration
				return errors.New("the list is expired")
			}
			for _, bad := range list.RevokedCertificateEntries {
				for _, one := range below {
					if one != nil && one.SerialNumber.Cmp(bad.SerialNumber) == 0 {
						return errors.New("revoked")
					}
				}
			}
			found = true
			break // it takes one
		}
		if !found {
			return errors.New("no list")
		}
	}
	return nil
}

func answer(q *question) error {
	raw := bytesOf(q.Quote)
	any, err := abi.QuoteToProto(raw)
	if err != nil {
		return err
	}
	quote, ok := any.(*pb.QuoteV4)
	if !ok {
		return errors.New("not of version 4")
	}
	at, err := time.Parse(time.RFC3339, q.At)
	if err != nil {
		return err
	}
	options := &verify.Options{Now: at, GetCollateral: q.Documents, Getter: service{q}}
	if !q.Intel {
		root, err := x509.ParseCertificate(bytesOf(q.Root))
		if err != nil {
			return err
		}
		options.TrustedRoots = x509.NewCertPool()
		options.TrustedRoots.AddCert(root)
	}
	if err := verify.TdxQuote(quote, options); err != nil {
		return err
	}
	if q.Revocation {
		if err := notRevoked(q, quote, at); err != nil {
			return err
		}
	}
	body := validate.TdQuoteBodyOptions{ReportData: bytesOf(q.ReportData), MrConfigID: bytesOf(q.ConfigID), MrTd: bytesOf(q.MrTd)}
	if len(q.Rtmrs) == 0 {
		return validate.TdxQuote(quote, &validate.Options{TdQuoteBodyOptions: body})
	}
	for _, version := range q.Rtmrs {
		body.Rtmrs = nil
		for _, one := range version {
			body.Rtmrs = append(body.Rtmrs, bytesOf(one))
		}
		if err = validate.TdxQuote(quote, &validate.Options{TdQuoteBodyOptions: body}); err == nil {
			return nil
		}
	}
	return err
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
