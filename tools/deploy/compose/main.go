// Loads compose files as docker compose does: by the Compose specification's schema, with variables, for every profile.
// Says what is wrong, or how many services each profile starts.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

func main() {
	all, err := load(os.Args[1:], "*")
	if err != nil {
		refuse(err)
	}
	told := []string{}
	for _, profile := range append([]string{""}, profiles(all)...) {
		project, err := load(os.Args[1:], profile)
		if err == nil {
			err = started(project)
		}
		if err != nil {
			refuse(fmt.Errorf("profile %q: %w", profile, err))
		}
		told = append(told, fmt.Sprintf("%d %s", len(project.Services), profile))
	}
	fmt.Println(strings.Join(told, ", "))
}

func load(files []string, profile string) (*types.Project, error) {
	options, err := cli.NewProjectOptions(files, cli.WithOsEnv, cli.WithProfiles([]string{profile}))
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}

func profiles(project *types.Project) []string {
	found := []string{}
	for _, service := range project.Services {
		found = append(found, service.Profiles...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// started tells of a service that waits for one which this profile does not start.
func started(project *types.Project) error {
	for name, service := range project.Services {
		for other := range service.DependsOn {
			if _, here := project.Services[other]; !here {
				return fmt.Errorf("%s depends on %s, which is not started", name, other)
			}
		}
	}
	return nil
}

func refuse(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
