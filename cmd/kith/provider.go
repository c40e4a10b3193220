package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"kith"
	"kith/internal/mail"
	"kith/internal/sms"
)

// checkMail reads who carries mails.
func (c *config) checkMail() error {
	if c.get("KITH_SMTP") == "" {
		return nil
	}
	if c.get("KITH_MAIL_FROM") == "" {
		return errors.New("KITH_SMTP is set and KITH_MAIL_FROM is not: say whom mails are from, such as no-reply@example.com")
	}
	server, err := mail.Parse(c.get("KITH_SMTP"), c.get("KITH_MAIL_FROM"))
	if err != nil {
		return fmt.Errorf("KITH_SMTP: %w", err)
	}
	server.Domain = c.publicHost()
	if path := c.get("KITH_SMTP_CA"); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("KITH_SMTP_CA: %w", err)
		}
		if server.Roots, err = x509.SystemCertPool(); err != nil {
			server.Roots = x509.NewCertPool()
		}
		if !server.Roots.AppendCertsFromPEM(text) {
			return fmt.Errorf("KITH_SMTP_CA: there is no certificate in PEM in %s", path)
		}
	}
	c.mail = mail.New(server)
	return nil
}

// checkSMS reads who carries text messages.
func (c *config) checkSMS() error {
	gateway := c.get("KITH_SMS")
	if gateway == "" {
		return nil
	}
	var err error
	if c.sms, err = sms.New(gateway); err != nil {
		return fmt.Errorf("KITH_SMS: %w", err)
	}
	return nil
}

// carriers are the providers that there are.
func (c *config) carriers() map[kith.Channel]kith.Carrier {
	carriers := make(map[kith.Channel]kith.Carrier)
	if c.mail != nil {
		carriers[kith.ChannelEmail] = c.mail
	}
	if c.sms != nil {
		carriers[kith.ChannelSMS] = c.sms
	}
	return carriers
}

// warnOfNoProvider says what no message will say: that none leaves.
func (n *node) warnOfNoProvider(ctx context.Context) {
	if n.showsInbox() {
		return
	}
	if n.config.mail == nil {
		n.log.WarnContext(ctx, "there is no mail server, so mails wait and expire: set KITH_SMTP and KITH_MAIL_FROM")
	}
	if n.config.sms == nil {
		n.log.WarnContext(ctx, "there is no SMS gateway, so text messages wait and expire: set KITH_SMS")
	}
}
