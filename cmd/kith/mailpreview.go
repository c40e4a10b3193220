package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
	"kith/internal/core/message"
)

// sampleCompany is whose messages are shown where no company is named.
func sampleCompany() *kith.Company {
	return &kith.Company{Slug: "acme", Settings: kith.DefaultCompanySettings(), Details: kith.CompanyDetails{
		Name: "Acme Bank", LegalName: "Acme Banking Ltd.", SupportEmail: "help@acme.example",
		Address: kith.CompanyAddress{Line1: "1 Long Street", PostalCode: "8001", City: "Cape Town", Country: "ZA"}}}
}

// preview is what kith mail preview is asked for.
type preview struct {
	company, language, dir string
	html, sms, all         bool
	out                    *output
}

// previewDocument is one message in all its forms, for programs.
type previewDocument struct {
	Kind    string `json:"kind"`
	Subject string `json:"subject"` // this and the next two are "" for what is never mailed
	Text    string `json:"text"`
	HTML    string `json:"html"`
	SMS     string `json:"sms"`
}

// filesDocument says what kith mail preview --all has written, for programs.
type filesDocument struct {
	Files  int    `json:"files"`
	Folder string `json:"folder"`
}

func mailPreview(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "preview [KIND]", Short: "Show a message as a company's users get it, with made-up data", Args: takes(cobra.MaximumNArgs(1)),
		Long: "Show a message as a company's users get it, with made-up data. Nothing is sent.\n\nThe kinds are: " + strings.Join(message.Samples(), ", ") + "."}
	var p preview
	cmd.Flags().StringVar(&p.company, "company", "", "whose: its name, colours and address; a made-up company if not given")
	cmd.Flags().StringVar(&p.language, "language", kith.DefaultLanguage, "to somebody who reads this one, such as de or pt-BR; English where kith has no other")
	cmd.Flags().BoolVar(&p.html, "html", false, "the page of the mail, not its text")
	cmd.Flags().BoolVar(&p.sms, "sms", false, "the text message, not the mail")
	cmd.Flags().BoolVar(&p.all, "all", false, "write every kind in every form to files, in every language or the one given")
	cmd.Flags().StringVar(&p.dir, "out", "", "the folder for --all")
	p.out = addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := p.check(args); err != nil {
			return err
		}
		show := func(company *kith.Company) error {
			if !p.all {
				return p.print(args[0], company)
			}
			languages := message.Languages
			if cmd.Flags().Changed("language") {
				languages = []string{p.language}
			}
			return p.write(company, languages)
		}
		if p.company == "" {
			return show(sampleCompany())
		}
		return c.inCompany(cmd.Context(), p.company, func(_ context.Context, _ *core.Core, by *kith.Actor) error { return show(by.Company) })
	}
	return cmd
}

func (p preview) check(args []string) error {
	switch {
	case p.all && (len(args) > 0 || p.html || p.sms):
		return usage("--all takes no KIND and no form: it writes all of them")
	case p.all != (p.dir != ""):
		return usage("--all and --out DIR go together")
	case !p.all && (len(args) == 0 || !slices.Contains(message.Samples(), args[0])):
		return usage("say which KIND: %s", strings.Join(message.Samples(), ", "))
	case p.html && p.sms:
		return usage("a text message has no page: give --html or --sms")
	}
	return nil
}

// print shows one message in the form that was asked for.
func (p preview) print(kind string, company *kith.Company) error {
	mail, sms := message.Sample(kind, company, p.language, kith.SystemClock())
	d := previewDocument{Kind: kind, SMS: sms.Text}
	text := sms.Text + "\n"
	if mail.Subject != "" {
		d.Subject, d.Text, d.HTML = mail.Subject, mail.Text, mail.HTML
		switch {
		case p.html:
			text = mail.HTML
		case !p.sms:
			text = mailText(mail)
		}
	}
	return p.out.document(d, func() error {
		_, err := io.WriteString(p.out.to, text)
		return err
	})
}

func mailText(m kith.Message) string { return "Subject: " + m.Subject + "\n\n" + m.Text }

// write puts all messages into files: DIR/LANGUAGE/KIND.html, .txt and .sms.
func (p preview) write(company *kith.Company, languages []string) error {
	count := 0
	for _, language := range languages {
		dir := filepath.Join(p.dir, filepath.Base(language))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for _, kind := range message.Samples() {
			mail, sms := message.Sample(kind, company, language, kith.SystemClock())
			forms := map[string]string{".sms": sms.Text + "\n"}
			if mail.Subject != "" {
				forms[".html"], forms[".txt"] = mail.HTML, mailText(mail)
			}
			for ending, text := range forms {
				if err := os.WriteFile(filepath.Join(dir, kind+ending), []byte(text), 0o644); err != nil {
					return err
				}
				count++
			}
		}
	}
	return p.out.document(filesDocument{count, p.dir}, func() error {
		_, err := fmt.Fprintf(p.out.to, "%d files are in %s\n", count, p.dir)
		return err
	})
}
