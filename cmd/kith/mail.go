package main

import "github.com/spf13/cobra"

func mailCommand(c *config) *cobra.Command {
	return family("mail", "Look after mails and text messages", mailPreview(c))
}
