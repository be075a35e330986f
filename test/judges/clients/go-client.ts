import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GeneratedClient, runTool } from './run-tool.ts';

const GENERATOR = 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2';

const PROGRAM = `package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"judge/api"
)

func main() {
	apiKey := func(_ context.Context, request *http.Request) error {
		request.Header.Set("X-MIGAPIKEY", os.Args[2])
		return nil
	}
	client, err := api.NewClientWithResponses(os.Args[1], api.WithRequestEditorFn(apiKey))
	check(err)
	ctx := context.Background()

	created, err := client.CreateActionWithFormdataBodyWithResponse(ctx, api.CreateActionFormdataRequestBody{Action: os.Args[3]})
	check(err)
	if created.JSON202 == nil {
		log.Fatal(string(created.Body))
	}
	id := (*created.JSON202.Collection.Items)[0].Data[0].Value.Id

	status := ""
	for status != "completed" {
		got, err := client.GetActionWithResponse(ctx, &api.GetActionParams{Actionid: id})
		check(err)
		if got.JSON200 == nil {
			log.Fatal(string(got.Body))
		}
		for _, item := range *got.JSON200.Collection.Items {
			for _, data := range item.Data {
				if name, _ := data.Discriminator(); name == "action" {
					action, err := data.AsActionItem()
					check(err)
					status = *action.Value.Status
				}
			}
		}
		time.Sleep(100 * time.Millisecond)
	}

	kind := api.SearchParamsTypeCommand
	found, err := client.SearchWithResponse(ctx, &api.SearchParams{Type: &kind, Actionid: &id})
	check(err)
	if found.JSON200 == nil {
		log.Fatal(string(found.Body))
	}
	statuses := []string{}
	for _, item := range *found.JSON200.Collection.Items {
		for _, data := range item.Data {
			if name, _ := data.Discriminator(); name == "command" {
				command, err := data.AsCommandItem()
				check(err)
				statuses = append(statuses, command.Value.Status)
			}
		}
	}
	fmt.Printf("action %d %s, commands: %s\\n", id, status, strings.Join(statuses, ", "))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
`;

export function buildGoClient(folder: string, document: string): GeneratedClient {
  mkdirSync(join(folder, 'api'), { recursive: true });
  writeFileSync(join(folder, 'openapi.json'), document);
  writeFileSync(join(folder, 'go.mod'), 'module judge\n\ngo 1.22\n');
  writeFileSync(join(folder, 'main.go'), PROGRAM);
  const flags = ['-generate', 'types,client', '-package', 'api', '-o', 'api/api.go'];
  runTool('go', ['run', GENERATOR, ...flags, 'openapi.json'], folder);
  runTool('go', ['mod', 'tidy'], folder);
  runTool('go', ['build', '-o', 'client', '.'], folder);
  return {
    generator: 'oapi-codegen 2.8.2',
    run: (args) => runTool(join(folder, 'client'), args, folder),
  };
}
